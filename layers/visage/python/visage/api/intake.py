"""Handles objects dropped into the upload bucket: an S3 event in, a result document out. See docs/drops.md."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from visage import stages
from visage.access import trail
from visage.access.clients import LIBRARY
from visage.access.trail import Record
from visage.api.dialects import fields
from visage.api.dialects.green import OK
from visage.api.errors import TABLE, green_error
from visage.api.operation import frames, logger
from visage.api.payloads.enrolment import enrolment_data
from visage.api.scans import async_scan
from visage.api.scans.scenes import SCENES
from visage.api.telemetry.metrics import metrics
from visage.errors import Reason, VisageError
from visage.gallery.enrol import enrol_image
from visage.gallery.persons.store import Library
from visage.jobs import scans
from visage.media import drops
from visage.media.decode import decode
from visage.media.drops import Drop
from visage.media.limits import GREEN
from visage.settings import settings

GONE, KNOWN, GOOD, ENROLLED, QUEUED = "GONE", "KNOWN", "GOOD", "ENROLLED", "QUEUED"
"""Outcomes of a drop that is not refused. GONE: removed or overwritten meanwhile; KNOWN: its result exists already."""

_ENROLMENT = "Images of persons lie at enrol/<groupId>/<personId>/<name>."
_SCAN = "Images to scan lie at scan/<scene>/<name>, those to search with at scan/sface-n/<groupId>/<name>."


class IntakeError(Exception):
    """A drop was not handled because of an internal error; the text is the error's type and reveals nothing of the
    drop."""


def drops_of(event: Mapping[str, Any]) -> Iterator[Drop]:
    """Yield the drops of an S3 event.

    Results, inline images, folders, and objects of another bucket or outside any library are skipped.
    """
    for record in event.get("Records", ()):
        if record["s3"]["bucket"]["name"] != settings().upload_bucket:
            continue
        stored = record["s3"]["object"]
        library, _slash, rest = unquote_plus(stored["key"]).partition("/")
        kind, _slash, path = rest.partition("/")
        if kind in _HANDLERS and LIBRARY.fullmatch(library) and path and not path.endswith("/"):
            came = datetime.fromisoformat(record["eventTime"]).timestamp()
            yield Drop(library, kind, path, stored["eTag"], stored.get("sequencer", ""), came)


def take(drop: Drop) -> str:
    """Process a drop as its key says; return the outcome, or the name of the reason why it was refused.

    A refused drop is removed, and its result says why. Raises IntakeError where a retry may help; a retry finds what
    was done already.
    """
    started = time.perf_counter()
    stages.begin()
    try:
        outcome = _process(drop)
    except Exception as error:  # Lambda would log the text, which may contain personal data
        name = error.reason.name if isinstance(error, VisageError) else type(error).__name__
        logger.error("not taken", kind=drop.kind, error=name, frames=frames(error))
        raise IntakeError(name) from None
    milliseconds = round(1000 * (time.perf_counter() - started))
    told = {"operation": "OnUpload", "milliseconds": milliseconds, **metrics(outcome)}
    logger.info("taken", kind=drop.kind, outcome=outcome, **told)
    return outcome


def _process(drop: Drop) -> str:
    if drops.answered(drop):
        return KNOWN
    _record(drop, trail.BEGUN)
    try:
        outcome = _HANDLERS[drop.kind](drop)
    except VisageError as error:
        if not TABLE[error.reason].business:
            raise
        outcome = error.reason.name
        code, message = green_error(error)
        # The result first: after a crash in between, a retry finds it and only has to remove the drop.
        drops.answer(drop, {"code": code, "msg": message, "reason": TABLE[error.reason].code})
        drops.remove(drop)
    _record(drop, outcome)
    return outcome


def _record(drop: Drop, outcome: str) -> None:
    """Record an enrolment or a search in the audit trail, with the ids that the key contains."""
    if drop.kind in _RECORDED:
        operation, id_kinds = _RECORDED[drop.kind]
        found = {kind: [each] for kind, each in zip(id_kinds, drop.path.split("/")[:-1], strict=False)}
        trail.write(Record(drop.library, "on_upload", operation, drop.sequencer, outcome, found))


def _check(drop: Drop) -> str:
    """Validate an uploaded image, which stays where it is for later calls."""
    image = drops.read(drop, GREEN)
    if image is None:
        return GONE
    decode(image, GREEN)
    return GOOD


def _enrol(drop: Drop) -> str:
    """Enrol a dropped image, like AddPerson, AddGroups and AddFaces. Leaves no result if a person it names was deleted
    meanwhile."""
    group_id, person_id = _enrolment_ids(drop.path)
    image = drops.read(drop, GREEN)
    if image is None:
        return GONE
    library = Library(drop.library)
    try:
        enrolment = enrol_image(library, group_id, person_id, image, drop.came)
    except VisageError as error:
        if error.reason is Reason.PERSON_UNKNOWN:
            drops.remove(drop)
            return error.reason.name
        raise
    conflicting = {(conflict.person_id, conflict.face_id) for conflict in enrolment.conflicts}
    if conflicting:
        scans.record_drop(drop, {other for other, _face_id in conflicting})
    drops.answer(drop, {"code": OK, "msg": "OK", "data": enrolment_data(enrolment)})
    if library.missing({*conflicting, *((person_id, face_id) for face_id in enrolment.face_ids)}):
        drops.retract(drop)  # it may have been written after they were erased
    drops.remove(drop)
    return ENROLLED


def _enrolment_ids(path: str) -> tuple[str, str]:
    parts = path.split("/")
    if len(parts) != 3:
        raise fields.invalid(_ENROLMENT)
    return fields.group_id({"groupId": parts[0]}), fields.person_id({"personId": parts[1]})


def _scan(drop: Drop) -> str:
    """Submit a scan like ImageAsyncScan; the image stays for the worker, which writes the result.

    The `dataId` identifies the event. If the same event is delivered again, the image may be scanned again.
    """
    scene, *groups = drop.path.split("/")[:-1] or [""]
    if scene == "sface-1":
        raise fields.invalid("sface-1 compares two images, and only one was dropped: use /green/image/asyncscan.")
    if scene not in SCENES or len(groups) != (scene == "sface-n"):
        raise fields.invalid(_SCAN)
    if drops.read(drop, GREEN) is None:
        return GONE
    task: dict[str, Any] = {"url": f"oss://{settings().upload_bucket}/{drop.key}"}
    task |= {"dataId": drop.sequencer} if drop.sequencer else {}
    if groups:
        task["extras"] = {"groupId": fields.group_id({"groupId": groups[0]})}
    body = {"scenes": [scene], "tasks": [task]}
    (entry,) = async_scan.take(drop.library, body, result_key=drop.result_key)
    if entry["code"] != OK:
        raise VisageError(Reason.BUSY)
    return QUEUED


_HANDLERS: dict[str, Callable[[Drop], str]] = {"uploads": _check, "enrol": _enrol, "scan": _scan}
"""The handler of each kind of drop."""
_RECORDED = {"enrol": ("DropFace", ("groups", "persons")), "scan": ("DropScan", ("scenes", "groups"))}
"""Kind → operation in the audit trail, and the kinds of ids in its keys, in order."""
