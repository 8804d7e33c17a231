"""What runs in the background: scans, callbacks, packing, drops, purges, and the erasure of a client."""

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any
from unittest import mock

from tests.support.library import save_objects, save_table
from torture.targets.deployment import BUCKET
from torture.targets.scenarios import TASK, Stage

_DAY = 86_400.0
_RECEIVER = "http://receiver.test/told"


class Work:
    """Something that AWS starts, and starts again if it fails. `do` returns whether AWS may forget it."""

    def __init__(
        self,
        do: Callable[[], bool],
        left: Callable[[], Any],
        settle: Callable[[], Any] | None = None,
        clock: float = 0.0,
    ) -> None:
        self._do, self._left, self._settle = do, left, settle
        self.clock = clock
        """Seconds by which it is later than it is."""

    @property
    def settle(self) -> Callable[[], Any] | None:
        """What AWS runs sooner or later in any case."""
        return self._settle and (lambda: self._later(self._settle))

    def start(self) -> bool:
        return self._later(self._do)

    def left(self) -> Any:
        """All that it has done, without what is random."""
        return self._later(self._left)

    def _later(self, function: Any) -> Any:
        now = time.time
        with mock.patch.object(time, "time", lambda: now() + self.clock):
            return function()


# --- messages ---------------------------------------------------------------------------------------------------------


def _scan(stage: Stage) -> Work:
    body = {"scenes": ["sface-n"], "tasks": [_task(stage)], "callback": _RECEIVER, "seed": "seed_1"}
    task = stage.deployment.green("ImageAsyncScan", body).json()["data"][0]["taskId"]
    return Work(lambda: _message("run_scan", task), lambda: (_result(stage, task), _sent(), _stowed()))


def _callback(stage: Stage) -> Work:
    from visage.jobs import callbacks

    body = {"scenes": ["sface-n"], "tasks": [_task(stage)], "callback": _RECEIVER, "seed": "seed_1"}
    task = stage.deployment.green("ImageAsyncScan", body).json()["data"][0]["taskId"]
    assert _message("run_scan", task)
    told: list[str] = []

    def push(_url: str, content: Mapping[str, str], _seconds: float) -> int:
        told.append(json.dumps(_named(json.loads(content["content"]))))
        return 200

    def do() -> bool:
        with mock.patch.object(callbacks, "push", push):
            return _message("deliver_callback", task)

    def left() -> Any:
        # Twice where the sender dies between the receiver's 200 and remembering it: docs/scans.md.
        row = next(each for each in save_table() if each["sk"]["S"] == task)
        return len(told) in (1, 2), set(told), "callback" in row, "claimed" in row

    return Work(do, left)


def _message(function: str, task: str) -> bool:
    body = json.dumps({"library": "torture", "taskId": task})
    record = {"messageId": "m", "receiptHandle": "r", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
    return not import_module(f"{function}.app").handler({"Records": [record]}, None)["batchItemFailures"]


def _task(stage: Stage) -> dict[str, Any]:
    # With an image in it, the body is stowed.
    extras = {**TASK["extras"], "mine": "base64://QUJD"}
    return {"url": stage.deployment.photo("again"), "extras": extras, "dataId": "a"}


def _result(stage: Stage, task: str) -> Any:
    (entry,) = stage.deployment.green("ImageAsyncScanResults", [task]).json()["data"]
    return _named(entry)


def _named(entry: Mapping[str, Any]) -> Any:
    """An entry without what is random."""
    return {name: value for name, value in entry.items() if name not in ("taskId", "requestId")}


def _sent() -> bool:
    """Whether a callback waits; a second message of a task finds nothing to do."""
    from visage import aws
    from visage.settings import settings

    asked = {"QueueUrl": settings().callback_queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
    return bool(aws.client("sqs").receive_message(**asked).get("Messages"))


def _stowed() -> list[str]:
    return sorted(key for bucket, key in save_objects() if bucket == BUCKET and "/jobs/" in key)


# --- galleries --------------------------------------------------------------------------------------------------------


_CHANGED = {"Records": [{"dynamodb": {"Keys": {"pk": {"S": "CHANGES#torture"}}}}]}


def _pack(stage: Stage) -> Work:
    return Work(lambda: _done("pack_gallery", _CHANGED), lambda: _gallery(stage))


def _pack_vectors(stage: Stage) -> Work:
    def do() -> bool:
        with _set(VISAGE_VECTORS_FROM="0"):
            return _done("pack_gallery", _CHANGED)

    def left() -> Any:
        indexes = stage.deployment.vectors.buckets["visage-vectors"]
        return _gallery(stage), len(indexes), sum(len(index.vectors) for index in indexes.values())

    # Each step of a filling changes the table, whose stream starts the next packer.
    return Work(do, left, settle=lambda: [do() for _ in range(3)])


def _purge(stage: Stage) -> Work:
    from visage.gallery.upkeep.pack import pack

    pack("torture")
    assert stage.deployment.green("DeletePerson", {"personId": "ann"}).status == 200
    return Work(lambda: _done("purge_snapshots", {}), lambda: _gallery(stage), clock=2 * _DAY)


def _gallery(stage: Stage) -> Any:
    """What packing and purging leave: no change unsettled, and the faces of each group."""
    from visage.gallery.index import snapshot_files
    from visage.gallery.persons.store import Library

    library = Library("torture")
    editions = snapshot_files.editions("torture")
    faces = {group: sum(file.faces for file in edition.files) for group, edition in editions.items()}
    needed = {file.key for edition in editions.values() for file in edition.files}
    missing = needed - {key for bucket, key in save_objects() if bucket == "visage-snapshots"}
    return stage.left(), len(library.changes()), faces, missing


# --- drops ------------------------------------------------------------------------------------------------------------


def _drop(kind: str) -> Callable[[Stage], Work]:
    def prepared(stage: Stage) -> Work:
        from tests.support import drops

        library = stage.deployment.client.own_library
        content = save_objects()[BUCKET, "torture/other.jpg"]
        key = f"{library}/{kind}/1.jpg"
        event = drops.drop(key, content)

        def left() -> Any:
            objects = {name for bucket, name in save_objects() if bucket == BUCKET and "/results/" in name}
            tasks = sum(each["pk"]["S"].startswith("JOBS#") for each in save_table())
            return stage.left(), objects, (BUCKET, key) in save_objects(), bool(tasks)

        return Work(lambda: _done("on_upload", event), left)

    return prepared


# --- erasure ----------------------------------------------------------------------------------------------------------


def _sweep(stage: Stage) -> Work:
    assert stage.deployment.green("DeletePerson", {"personId": "ann"}).status == 200
    return Work(lambda: _done("purge_expired", {"id": "run"}), lambda: (stage.left(), _births()), clock=_DAY)


def _retention(stage: Stage) -> Work:
    from visage.gallery.persons import usage

    later = usage.today() + timedelta(days=4)

    def do() -> bool:
        with _set(VISAGE_UNUSED_DAYS="1"), mock.patch.object(usage, "today", lambda: later):
            return _done("purge_expired", {"id": "run"})

    # A deletion is a change, which starts the packer: it erases the images that were not erased at once.
    return Work(do, stage.left, settle=lambda: _done("pack_gallery", _CHANGED), clock=4 * _DAY)


def _births() -> int:
    return sum("births" in row for row in save_table())


def _whole_client(stage: Stage) -> Work:
    from cli.privacy.wholesale import parts

    def do() -> bool:
        for part in parts("torture", [stage.deployment.client.id], {}):
            part.erase(list(part.items()))
        return True

    def left() -> Any:
        mine = [row for row in save_table() if "torture" in row["pk"]["S"]]
        return mine, [name for name in save_objects() if name[0] != BUCKET]

    return Work(do, left)


# --- all --------------------------------------------------------------------------------------------------------------


def _done(function: str, event: Mapping[str, Any]) -> bool:
    import_module(f"{function}.app").handler(event, None)
    return True


@contextmanager
def _set(**environment: str) -> Iterator[None]:
    from visage.settings import settings

    with mock.patch.dict(os.environ, environment):
        settings.cache_clear()
        yield
    settings.cache_clear()


BACKGROUND: dict[str, Callable[[Stage], Work]] = {
    "a scan": _scan,
    "a callback": _callback,
    "a packing": _pack,
    "a packing with vectors": _pack_vectors,
    "a purge of snapshots": _purge,
    "a drop to be checked": _drop("uploads"),
    "a drop to be enrolled": _drop("enrol/staff/new"),
    "a drop to be scanned": _drop("scan/sface-n/staff"),
    "a sweep": _sweep,
    "a purge of who is unused": _retention,
    "the erasure of a client": _whole_client,
}
"""By name, what makes it ready."""
