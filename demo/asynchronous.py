"""An asynchronous scan: submitted, delivered to a callback receiver on this machine, and polled."""

import hashlib
import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aliyunsdkcore.client import AcsClient

from demo.calls import inline
from demo.library import call_green
from demo.steps import Step

_SEED = "demo_1"
_TIMEOUT = 60
"""Seconds."""


def steps(client: AcsClient, endpoint: str, folder: Path) -> Iterator[Step]:
    obama, again, biden = (inline((folder / name).read_bytes()) for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
    tasks = [
        {"dataId": "same", "url": obama, "extras": {"faceUrl": again}},
        {"dataId": "other", "url": obama, "extras": {"faceUrl": biden}},
    ]
    with _receiver() as (url, received):
        body = {"scenes": ["sface-1"], "tasks": tasks, "callback": url, "seed": _SEED}
        submitted = call_green(client, endpoint, "ImageAsyncScan", body)["data"]
        good = [entry["code"] for entry in submitted] == [200, 200]
        yield Step("submit two comparisons", f"{len(submitted)} tasks", "2 tasks", good)
        forms = [received.get(timeout=_TIMEOUT) for _task in tasks]
    trusted = [_is_ours(client.get_access_key(), form) for form in forms]
    yield Step("two callbacks, verified by checksum", f"{sum(trusted)} of {len(forms)} ours", "both", all(trusted))
    entries = _finished(client, endpoint, [entry["taskId"] for entry in submitted])
    labels = [entry["results"][0]["label"] for entry in entries]
    yield Step("get the results", ", ".join(labels), "same, different", labels == ["same", "different"])
    pushed = {entry["taskId"]: entry for entry in (json.loads(form["content"]) for form in forms)}
    equal = [pushed.get(entry["taskId"]) for entry in entries] == entries
    yield Step("callbacks and results", "the same" if equal else "not the same", "the same", equal)


def _finished(client: AcsClient, endpoint: str, task_ids: list[str]) -> list[dict[str, Any]]:
    """The tasks' entries, once none is in progress."""
    deadline = time.monotonic() + _TIMEOUT
    while True:
        entries = call_green(client, endpoint, "ImageAsyncScanResults", task_ids)["data"]
        if all(entry["code"] != 280 for entry in entries) or time.monotonic() > deadline:
            return entries
        time.sleep(0.5)


def _is_ours(uid: str, form: dict[str, str]) -> bool:
    """The check that a receiver must make: only a sender who knows the seed can compute the checksum."""
    return form["checksum"] == hashlib.sha256(f"{uid}{_SEED}{form['content']}".encode()).hexdigest()


@contextmanager
def _receiver() -> Iterator[tuple[str, "queue.SimpleQueue[dict[str, str]]"]]:
    """A callback receiver: its URL, and the forms it receives."""
    received: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            received.put({name: values[0] for name, values in parse_qs(body).items()})
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing: the demo's output is its table."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/told", received
        server.shutdown()
