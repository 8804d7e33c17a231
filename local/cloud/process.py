"""The process that stands in for AWS: moto and our S3 Vectors behind the guard.

`local.cloud.client` starts it as `python -m local.cloud.process` with an inherited listening socket. It

1. reads one JSON line that says what to create, and loads the saved state; 2. prints one JSON line, the names of stored
data without a resource in the template, then `ready`; 3. serves until its standard input ends, which also happens when
its parent is killed; saves the state and exits.
"""

import io
import json
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.cloud import messages, transactions
from local.cloud.client import aws_client
from local.cloud.journal import Journal
from local.cloud.notifications import patch_events
from local.cloud.spare import spare_ec2
from local.cloud.state import SERVICES, State, stored_object
from local.cloud.vectors import Vectors, is_vectors_request
from local.guard.guard import Application, Environ, Guard
from local.template.intrinsics import ACCOUNT, REGION
from local.template.permissions import read_policy

_PAUSE = 0.3
"""Seconds from the first unsaved change to the save."""
_PAUSE_FACTOR = 10
"""After a save, saving pauses for this many times the time for which the save blocked requests."""
_LARGEST_BODY = 100 * 2**20


class SerialRequests:
    """Passes requests on one at a time, records their changes before it answers, and saves them soon after.

    One at a time because moto checks a condition and writes in two steps, where DynamoDB does it atomically.
    """

    def __init__(self, application: Application, state: State, journal: Journal) -> None:
        self._application = application
        self._state = state
        self._journal = journal
        self._lock = threading.Lock()
        self._saving = threading.Lock()
        self._changed: set[str] = set()
        self._wake = threading.Event()
        self._journaling = False

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if size > _LARGEST_BODY:
            start_response("400 EntityTooLarge", [("Content-Length", "0"), ("Connection", "close")])
            return []
        body = environ["wsgi.input"].read(size)
        environ["wsgi.input"] = io.BytesIO(body)
        service, changes = _effect(environ)
        status = ""

        def note_status(text: str, *rest: Any) -> Any:
            nonlocal status
            status = text
            return start_response(text, *rest)

        with self._lock:
            answer = list(self._application(environ, note_status))
            if changes and status < "4":
                self._note(service)
                if self._journaling and (entry := replayable(service, environ, body)):
                    self._journal.add(service, *entry)
        return answer

    def begin(self, application: Application) -> None:
        """Replay the recorded changes that were not saved, and record changes from now on."""
        self._journal.skip_to(max(self._state.through.values(), default=0))
        for entry in self._journal.entries():
            if entry.number > self._state.through.get(entry.service, 0):
                again = {**entry.environ, "CONTENT_LENGTH": str(len(entry.body)), "wsgi.url_scheme": "http"}
                again |= {"wsgi.input": io.BytesIO(entry.body), "wsgi.errors": sys.stderr, "SCRIPT_NAME": ""}
                with self._lock:
                    list(application(again, lambda *_answer: None))
                    self._note(entry.service)
        self._journaling = True

    def save_continuously(self) -> None:
        while True:
            self._wake.wait()
            time.sleep(_PAUSE)
            time.sleep(_PAUSE_FACTOR * self.save())

    def save(self) -> float:
        """Save the changes; return for how many seconds requests had to wait."""
        with self._saving:
            with self._lock:
                started = time.monotonic()
                self._wake.clear()
                through, done = self._journal.last, self._journal.turn()
                changed = [service for service in SERVICES if service in self._changed]
                contents = {service: self._state.capture(service, through) for service in changed}
                self._changed.clear()
                held = time.monotonic() - started
            for service, content in contents.items():
                self._state.write(service, content)
            for path in done:
                path.unlink(missing_ok=True)
        return held

    def _note(self, service: str) -> None:
        self._changed.add(service)
        if service == "s3":
            self._changed.add("sqs")  # notifications go to queues
        self._wake.set()


class WithVectors:
    """Routes requests for S3 Vectors to our implementation and all others to moto."""

    def __init__(self, vectors: Vectors, application: Application) -> None:
        self._vectors = vectors
        self._application = application

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not is_vectors_request(environ.get("HTTP_AUTHORIZATION", "")):
            return self._application(environ, start_response)
        answer = self._vectors.answer(environ["PATH_INFO"], environ["wsgi.input"].read())
        headers = {**answer.headers, "Content-Length": str(len(answer.body))}
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [answer.body]


def _effect(environ: Environ) -> tuple[str, bool]:
    """The service of a request, and whether the request may change the service's data."""
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if "/sts/aws4_request" in environ.get("HTTP_AUTHORIZATION", ""):
        return "sts", False  # sessions end with this process
    if is_vectors_request(environ.get("HTTP_AUTHORIZATION", "")):
        service, operation = "s3vectors", environ["PATH_INFO"].strip("/")
    elif target:
        prefix, _dot, operation = target.partition(".")
        service = {"AmazonSQS": "sqs", "AmazonSSM": "ssm"}.get(prefix, "dynamodb")
    else:
        return "s3", environ["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS")
    # A message that was received and not deleted may come back earlier after a restart.
    reads = operation.startswith(("BatchGet", "Describe", "Get", "List", "Query", "Receive", "Scan"))
    return service, not reads


def replayable(service: str, environ: Environ, body: bytes) -> tuple[Environ, bytes] | None:
    """The request that repeats this change, or None where another one stands for it.

    A multipart upload has an id that no other process knows, so it is repeated as a single upload of the whole object.
    """
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    if service != "s3" or not {"uploads", "uploadId"} & query.keys():
        return environ, body
    if environ["REQUEST_METHOD"] != "POST" or "uploads" in query:
        return None
    bucket, _slash, key = environ["PATH_INFO"].encode("latin-1").decode().lstrip("/").partition("/")
    return {**environ, "REQUEST_METHOD": "PUT", "QUERY_STRING": ""}, stored_object(bucket, key)


def _create(resources: dict[str, Any], endpoint: str, restore: Callable[[], None]) -> None:
    """Create the template's resources, call `restore`, then enable what must see later changes only."""
    deferred: list[Callable[[], Any]] = []
    if resources["tables"]:
        dynamodb = aws_client("dynamodb", endpoint)
    for table in resources["tables"]:
        name = table["TableName"]
        stream, expiry = table.pop("StreamSpecification", None), table.pop("TimeToLiveSpecification", None)
        dynamodb.create_table(**table)
        if expiry:
            dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=expiry)
        if stream:
            enabled = {"StreamEnabled": True, **stream}
            deferred.append(partial(dynamodb.update_table, TableName=name, StreamSpecification=enabled))
    if resources["queues"]:
        sqs = aws_client("sqs", endpoint)
    for queue in _dead_letter_queues_first(resources["queues"]):
        name = queue.pop("QueueName")
        sqs.create_queue(QueueName=name, Attributes={key: _attribute(value) for key, value in queue.items()})
    if resources["buckets"]:
        s3 = aws_client("s3", endpoint)
    for bucket in resources["buckets"]:
        s3.create_bucket(Bucket=bucket)
        configurations = [_notification(notification) for notification in resources["notifications"].get(bucket, [])]
        configuration = {"QueueConfigurations": configurations}
        deferred.append(
            partial(s3.put_bucket_notification_configuration, Bucket=bucket, NotificationConfiguration=configuration)
        )
    if resources["vectorBuckets"]:
        vectors = aws_client("s3vectors", endpoint)
    for bucket in resources["vectorBuckets"]:
        vectors.create_vector_bucket(vectorBucketName=bucket)
    restore()
    for step in deferred:
        step()


def _dead_letter_queues_first(queues: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Sort the queues so that a redrive policy names an existing queue."""
    return sorted(queues, key=lambda queue: "RedrivePolicy" in queue)


def _attribute(value: Any) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _notification(notification: dict[str, Any]) -> dict[str, Any]:
    rules = notification["rules"]
    return {
        "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{notification['queue']}",
        "Events": notification["events"],
        **({"Filter": {"Key": {"FilterRules": rules}}} if rules else {}),
    }


def main() -> None:
    # The parent decides when this ends, even when Ctrl-C reaches the whole process group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    listener = socket.socket(fileno=int(sys.argv[1]))
    spare_ec2()
    messages.patch_moto()
    transactions.patch_moto()
    patch_events()
    vectors = Vectors(REGION, ACCOUNT)
    state = State(Path(sys.argv[2]), vectors)
    journal = Journal(Path(sys.argv[2]) / "journal")
    resources = json.loads(sys.stdin.readline())
    roles = {arn: [read_policy(document) for document in bounds] for arn, bounds in resources["roles"].items()}
    moto = DomainDispatcherApplication(create_backend_app)
    unguarded = WithVectors(vectors, moto)
    cloud = SerialRequests(Guard(unguarded, roles), state, journal)
    host, port = listener.getsockname()
    server = make_server(host, port, cloud, threaded=True, fd=listener.fileno(), request_handler=MotoRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    orphaned: list[str] = []
    _create(resources, f"http://{host}:{port}", lambda: orphaned.extend(state.restore()))
    cloud.begin(unguarded)
    threading.Thread(target=cloud.save_continuously, daemon=True).start()
    print(json.dumps(orphaned), flush=True)
    print("ready", flush=True)
    sys.stdin.read()
    cloud.save()


if __name__ == "__main__":
    main()
