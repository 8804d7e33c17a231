"""Enrols photos through the upload bucket and waits for their results. Needs an adopted target."""

import json
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from visage.api.dialects.green import OK
from visage.api.errors import TABLE, green_error
from visage.errors import Reason, VisageError
from visage.gallery.enrol import image_origin
from visage.gallery.persons.store import Library
from visage.media.drops import Drop
from visage.media.limits import GREEN
from visage.settings import settings

ENROLLED, KNOWN, REFUSED = "enrolled", "already enrolled", "refused"
UNANSWERED = "no result in time: see the alarm on dead letters, or run the command again"

_PERMANENT = {
    TABLE[reason].code
    for reason in (
        *(Reason.IMAGE_TOO_LARGE, Reason.IMAGE_UNREADABLE, Reason.NO_FACE, Reason.SEVERAL_FACES),
        *(Reason.FACE_TOO_SMALL, Reason.FACE_BLURRED, Reason.FACE_TURNED, Reason.FACE_POOR),
    )
}
"""Refusals that will not change, because they depend on the photo alone. FACE_COVERED and FACE_CONFLICT also depend on
the deployment's parameters."""
_PAUSES = (0.2, 0.3, 0.5, 0.7, 1.0)
"""Seconds between checks for a result; the last one repeats."""
_MISSING = ("NoSuchKey", "404")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a photo."""

    path: Path
    status: str
    """ENROLLED, KNOWN, REFUSED or UNANSWERED."""
    code: int = OK
    remark: str = ""
    """A remark for the operator, or ""."""

    @classmethod
    def refused(cls, path: Path, error: VisageError) -> "Outcome":
        return cls(path, REFUSED, *green_error(error))


class Dropper:
    """Enrols photos of persons, each in a folder named by its id, into one group. Thread-safe.

    A photo's key is derived from its content, so the same photo is the same drop wherever it is stored, and its result
    is found again.
    """

    def __init__(
        self,
        s3: Any,
        library: str,
        group_id: str,
        person_ids: Collection[str],
        timeout: float,
        stopping: threading.Event,
    ) -> None:
        self._s3 = s3
        self._library = library
        self._group_id = group_id
        self._timeout = timeout
        self._stopping = stopping
        persons = Library(library).persons(person_ids).values()
        members = [person for person in persons if group_id in person.groups]
        self._faces = {person.id: set(person.faces) for person in members}
        self._origins = {person.id: {face.origin for face in person.faces.values()} for person in members}
        self._locks: dict[str, threading.Lock] = {}

    def enrol(self, path: Path) -> Outcome:
        image, person_id = path.read_bytes(), path.parent.name
        if len(image) > GREEN.bytes:
            error = VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {GREEN.bytes} bytes.")
            return Outcome.refused(path, error)
        origin = image_origin(image)
        # Copies of a photo are one drop: in parallel they would remove each other's object and result.
        with self._locks.setdefault(f"{person_id}/{origin}", threading.Lock()):
            outcome = self._enrol(path, image, origin)
            if outcome.status == ENROLLED:
                self._origins.setdefault(person_id, set()).add(origin)
        return outcome

    def _enrol(self, path: Path, image: bytes, origin: str) -> Outcome:
        person_id = path.parent.name
        if origin in self._origins.get(person_id, ()):
            return Outcome(path, KNOWN)
        name = f"{self._group_id}/{person_id}/{origin.removeprefix('sha256:')}{path.suffix.lower()}"
        drop = Drop(self._library, "enrol", name, etag="", sequencer="", came=time.time())
        earlier = self._result(drop)
        if earlier is not None:
            if earlier["code"] == OK and self._faces.get(person_id, set()) & _faces(earlier):
                return Outcome(path, KNOWN)
            if earlier["code"] != OK and earlier["reason"] in _PERMANENT:
                return _outcome(path, earlier)
            self._s3.delete_object(Bucket=settings().upload_bucket, Key=drop.result_key)  # the outcome may differ now
        self._s3.put_object(Bucket=settings().upload_bucket, Key=drop.key, Body=image)
        return self._wait(path, drop)

    def _wait(self, path: Path, drop: Drop) -> Outcome:
        until, pauses = time.monotonic() + self._timeout, iter(_PAUSES)
        while (found := self._result(drop)) is None:
            if time.monotonic() >= until or self._stopping.wait(next(pauses, _PAUSES[-1])):
                return Outcome(path, UNANSWERED, remark="There is no result yet.", code=280)
        return _outcome(path, found)

    def _result(self, drop: Drop) -> Mapping[str, Any] | None:
        try:
            answer = self._s3.get_object(Bucket=settings().upload_bucket, Key=drop.result_key)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
        return json.loads(answer["Body"].read())


def _faces(result: Mapping[str, Any]) -> set[str]:
    """Ids of the faces enrolled from an image."""
    return {str(item["faceId"]) for item in result["data"]["faceImageItems"]}


def _outcome(path: Path, result: Mapping[str, Any]) -> Outcome:
    if result["code"] != OK:
        return Outcome(path, REFUSED, result["code"], result["msg"])
    (item,) = result["data"]["faceImageItems"]
    similar = [f"{conflict['personId']} ({conflict['rate']:.1f})" for conflict in item.get("conflicts", ())]
    return Outcome(path, ENROLLED, remark=f"Enrolled, but similar to {', '.join(similar)}." if similar else "")
