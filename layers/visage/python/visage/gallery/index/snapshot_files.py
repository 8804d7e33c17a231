"""Editions: the table's record of which immutable files make up a group's snapshot, and those files in S3."""

import io
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from botocore.exceptions import ClientError, IncompleteReadError, ReadTimeoutError, ResponseStreamingError

from visage import aws, table
from visage.gallery.index.segments import Faces, Segment, Table, decode_faces, decode_table, encode, space_for
from visage.gallery.persons import rows
from visage.settings import settings
from visage.table import Row

_PART = 8 * 2**20
"""Bytes per request when a file is downloaded."""
_STREAMS = 8
"""Concurrent requests: S3 delivers about 90 MB/s on each."""


class FileGoneError(Exception):
    """The file was removed: a later edition than the one that listed it has been published."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of a snapshot."""

    key: str
    persons: int
    """Persons that it lists, including those marked as gone."""
    faces: int
    head: int
    """The offset of its faces."""
    size: int
    """In bytes."""
    quantizer: str
    """The id of the quantizer; only files with the same one can be merged."""
    models: frozenset[str]
    """Versions of the models that embedded the faces."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A group's snapshot."""

    stamp: str = ""
    """Differs for each edition; "" before the first."""
    files: tuple[File, ...] = ()
    """Oldest first; the newest file that lists a person is right."""
    index: str = ""
    """Name of the vector index that searches use; "" when the files' faces are searched."""
    filling: str = ""
    """Name of a vector index that is being filled; "" when none is."""
    at: int = 0
    """When it was published (epoch seconds); 0 before the first."""


def edition(library: str, group_id: str) -> Edition:
    """The group's current edition."""
    row = table.get(rows.gallery_key(library, group_id))
    return _read_edition(row) if row else Edition()


def editions(library: str) -> dict[str, Edition]:
    """The current editions of the library's groups that have one, by group."""
    return {row["sk"]["S"]: _read_edition(row) for row in table.partition(rows.editions_partition(library))}


def _read_edition(row: Row) -> Edition:
    files = tuple(_read_file(entry["M"]) for entry in row["files"]["L"])
    at = int(row.get("at", {"N": "0"})["N"])
    return Edition(row["edition"]["S"], files, row["index"]["S"], row["filling"]["S"], at)


def publish(
    library: str,
    group_id: str,
    before: Edition,
    files: Sequence[File],
    *,
    index: str | None = None,
    filling: str | None = None,
) -> bool:
    """Make these files the group's snapshot, unless its edition is no longer `before`; return whether that was done.

    `index` and `filling`: None leaves them unchanged.
    """
    stamp = secrets.token_hex(16)
    unchanged = ("edition = :seen", {":seen": {"S": before.stamp}}) if before.stamp else ("attribute_not_exists(pk)",)
    row = {
        **rows.gallery_key(library, group_id),
        "edition": {"S": stamp},
        "at": table.number(int(time.time())),
        "files": {"L": [{"M": _file_row(file)} for file in files]},
        "index": {"S": before.index if index is None else index},
        "filling": {"S": before.filling if filling is None else filling},
    }
    published, found = table.put(row, *unchanged)
    # When a response is lost, botocore repeats the request, which then fails its own condition.
    return published or (found is not None and found["edition"]["S"] == stamp)


def write(library: str, group_id: str, segment: Segment) -> File:
    """Upload a new file, which belongs to no edition yet."""
    content, head = encode(segment)
    key = f"{library}/{group_id}/{secrets.token_hex(16)}"
    _put(key, content)
    ids, models = segment.table.ids, frozenset(segment.table.models)
    return File(key, len(ids), segment.table.faces, head, len(content), segment.table.quantizer.id, models)


def read_table(file: File) -> Table:
    """Download and parse a file's table. Raises FileGoneError."""
    return decode_table(_read(file, 0, file.head).tobytes())


def read_faces(file: File) -> Faces:
    """Download and parse a file's faces. Raises FileGoneError."""
    return decode_faces(_read(file, file.head, file.size))


def stored(library: str = "") -> Iterator[dict[str, Any]]:
    """S3's listing of the files of one library, or of all: dicts with `Key` and `LastModified`."""
    prefix = f"{library}/" if library else ""
    pages = aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=settings().snapshot_bucket, Prefix=prefix)
    for page in pages:
        yield from page.get("Contents", [])


def remove(key: str) -> None:
    aws.client("s3").delete_object(Bucket=settings().snapshot_bucket, Key=key)


def _put(key: str, content: bytearray) -> None:
    s3, bucket = aws.client("s3"), settings().snapshot_bucket
    if len(content) <= _PART:
        s3.put_object(Bucket=bucket, Key=key, Body=content)
    else:
        # Multipart, in parts of 8 MiB: S3 may take longer to acknowledge one large object than the client waits.
        from s3transfer.manager import TransferManager  # here, because only packing uploads

        with TransferManager(s3) as transfers:
            transfers.upload(io.BytesIO(content), bucket, key).result()


def _read(file: File, start: int, stop: int) -> np.ndarray:
    """Bytes `start` to `stop` of a file, downloaded by concurrent requests: uint8."""
    data = space_for(stop - start)
    parts = range(0, len(data), _PART)
    if len(parts) <= 1:
        _read_part(file.key, start, data)
        return data
    with ThreadPoolExecutor(_STREAMS) as pool:
        list(pool.map(lambda part: _read_part(file.key, start + part, data[part : part + _PART]), parts))
    return data


def _read_part(key: str, start: int, target: np.ndarray) -> None:
    if not len(target):
        return
    try:
        _receive(key, start, target)
    except (IncompleteReadError, ReadTimeoutError, ResponseStreamingError):
        # botocore retries a request, but not one whose response breaks off.
        _receive(key, start, target)


def _receive(key: str, start: int, target: np.ndarray) -> None:
    byte_range = f"bytes={start}-{start + len(target) - 1}"
    try:
        body = aws.client("s3").get_object(Bucket=settings().snapshot_bucket, Key=key, Range=byte_range)["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            raise FileGoneError(key) from None
        raise
    remaining = memoryview(target)
    while remaining and (count := body.readinto(remaining)):
        remaining = remaining[count:]
    if remaining:
        raise IncompleteReadError(actual_bytes=len(target) - len(remaining), expected_bytes=len(target))


def _file_row(file: File) -> Row:
    numbers = {name: {"N": str(getattr(file, name))} for name in ("persons", "faces", "head", "size")}
    named = {"key": {"S": file.key}, "quantizer": {"S": file.quantizer}}
    return {**named, **numbers, **rows.strings("models", file.models)}


def _read_file(row: Row) -> File:
    numbers = {name: int(row[name]["N"]) for name in ("persons", "faces", "head", "size")}
    models = rows.read_strings("models", row)
    return File(key=row["key"]["S"], quantizer=row["quantizer"]["S"], models=models, **numbers)
