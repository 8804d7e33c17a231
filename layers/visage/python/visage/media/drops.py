"""Objects that came into the upload bucket, as S3's events tell of them.

An event comes at least once and in any order, and the bucket keeps no versions. So an object is read and removed only
while its content is the one that the event is about, and its result stays until one for a later event takes its place.
"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from visage import aws
from visage.errors import Reason, VisageError
from visage.media.fetch import check_encoding
from visage.media.limits import Limits
from visage.media.uploads import KEPT_BACK
from visage.settings import settings

RESULTS = "results"
"""Kind of the objects that say what has come of others."""

_LONGEST_KEY = 1024
_ATTEMPTS = 10
_OVERTAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey"}
"""What S3 says to a conditional write, or removal, when others were faster."""


@dataclass(frozen=True, slots=True)
class Drop:
    """One object at the moment when it came; its key is `<library>/<kind>/<path>`."""

    library: str
    kind: str
    path: str = field(repr=False)
    etag: str
    """Of its content, without quotes."""
    sequencer: str
    """Hexadecimal digits that order the events of one key: see `order`."""
    came: float
    """When, in epoch seconds."""

    @property
    def key(self) -> str:
        return f"{self.library}/{self.kind}/{self.path}"

    @property
    def result_key(self) -> str:
        """Where its result lies: the same key below `results/`, or a digest of it where that would be too long."""
        key = f"{self.library}/{RESULTS}/{self.kind}/{self.path}.json"
        if len(key.encode()) <= _LONGEST_KEY:
            return key
        return f"{self.library}/{RESULTS}/{self.kind}/{hashlib.sha256(self.path.encode()).hexdigest()}.json"


def order(sequencer: str) -> str:
    """What sorts as the events do: sequencers may differ in length, and are filled up with zeros on the right."""
    return sequencer.upper().ljust(64, "0")


def read(drop: Drop, limits: Limits) -> bytes | None:
    """The object, refused by its announced size before it is transferred; None where this content is not there now.

    Raises VisageError: IMAGE_TOO_LARGE, IMAGE_UNREADABLE; and botocore's own errors for what trying again may mend.
    """
    try:
        answer = aws.client("s3").get_object(Bucket=settings().upload_bucket, Key=drop.key, IfMatch=drop.etag)
    except ClientError as error:
        if error.response["Error"]["Code"] in _OVERTAKEN:
            return None
        if error.response["Error"]["Code"] in KEPT_BACK:
            raise VisageError(Reason.IMAGE_UNREADABLE, "The image lies in an archive, or needs a key.") from error
        raise
    with closing(answer["Body"]) as body:
        if answer["ContentLength"] > limits.bytes:
            raise VisageError(Reason.IMAGE_TOO_LARGE, f"The image is larger than {limits.bytes} bytes.")
        check_encoding(answer.get("ContentEncoding"))
        return body.read()


def remove(drop: Drop) -> None:
    """Remove the object, unless it is gone, or another content lies at its key by now."""
    _delete(drop.key, drop.etag)


def answered(drop: Drop) -> bool:
    """Whether a result lies there that this event, or a later one of its key, has come to.

    Where it is this very event's, the object is removed: whoever wrote the result may have died before. That of a scan,
    which is told by its `dataId`, leaves the object where it is.
    """
    present, _etag = _result(drop.result_key)
    if present is None or not drop.sequencer or order(_sequencer(present)) < order(drop.sequencer):
        return False
    if present.get("sequencer") == drop.sequencer:
        remove(drop)
    return True


def answer(drop: Drop, content: Mapping[str, Any]) -> None:
    """Write the drop's result, unless one for a later event of its key lies there."""
    write(drop.result_key, {**content, "object": drop.key, "eTag": drop.etag, "sequencer": drop.sequencer})


def write(key: str, document: Mapping[str, Any]) -> None:
    """Write a result, unless one for a later event lies at this key. Raises VisageError(CONTENDED)."""
    body = json.dumps(document, ensure_ascii=False, indent=1).encode()
    for _attempt in range(_ATTEMPTS):
        present, etag = _result(key)
        if present is not None and order(_sequencer(present)) > order(_sequencer(document)):
            return
        unmoved = {"IfNoneMatch": "*"} if present is None else {"IfMatch": etag}
        place = {"Bucket": settings().upload_bucket, "Key": key}
        try:
            aws.client("s3").put_object(**place, **unmoved, Body=body, ContentType="application/json")
            return
        except ClientError as error:
            if error.response["Error"]["Code"] not in _OVERTAKEN:
                raise
    raise VisageError(Reason.CONTENDED)


def retract(drop: Drop) -> None:
    """Remove the drop's own result, as far as it is there."""
    erase(drop.result_key, drop.sequencer)


def erase(key: str, origin: str) -> None:
    """Remove the result at this key, unless it is another's than of this task, or of this event (its sequencer)."""
    present, etag = _result(key)
    if present is not None and origin in (present.get("taskId"), present.get("sequencer")):
        _delete(key, etag)


def _delete(key: str, etag: str) -> None:
    """Unless it is gone, or another content lies there by now."""
    try:
        aws.client("s3").delete_object(Bucket=settings().upload_bucket, Key=key, IfMatch=etag)
    except ClientError as error:
        if error.response["Error"]["Code"] not in _OVERTAKEN:
            raise


def _sequencer(present: Mapping[str, Any]) -> str:
    """Of the event that a result is about; that of a scan has it as its task's name."""
    return present.get("sequencer") or present.get("dataId", "")


def _result(key: str) -> tuple[Mapping[str, Any] | None, str]:
    """The result and its own ETag."""
    try:
        found = aws.client("s3").get_object(Bucket=settings().upload_bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None, ""
        raise
    with closing(found["Body"]) as body:
        return json.loads(body.read()), found["ETag"]
