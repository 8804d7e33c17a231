"""Checks the contents of every store for remnants of a person.

Two things are not remnants: the deletion record, which keeps a late drop from recreating the person, and the audit
trail.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from cli.deployment.buckets import versions
from cli.deployment.queues import all_messages
from visage import aws
from visage.access import trail
from visage.gallery.index.segments import START, decode_table, encode_ids, table_ends
from visage.settings import settings

Row = Mapping[str, Any]

_WITHOUT_PERSONS = {"GALLERY", "GROUPS"}
"""Kinds of rows whose ids are group ids, which may equal a person's."""


@dataclass(frozen=True, slots=True)
class Store:
    """The findings in one store."""

    name: str
    checked: str
    """How much was checked."""
    found: int
    about: str = ""
    """Where the remnants are, or what they may be."""


@dataclass
class Evidence:
    """Checks for one person of a library. `queues`: name → URL of the dead-letter queues."""

    library: str
    person_id: str
    queues: Mapping[str, str]
    kept: list[str] = field(default_factory=list)
    """What is kept on purpose; complete when all stores were checked."""
    _groups: set[str] = field(default_factory=set)
    _kept_images: dict[str, set[str]] = field(default_factory=dict)
    """born → the faces whose images are kept, for all existing persons."""

    def stores(self) -> Iterator[Store]:
        """Check every store; yield each store's findings."""
        yield self._rows()
        yield self._images()
        yield self._snapshots()
        yield self._vectors()
        yield self._uploads()
        yield self._fragments()
        yield self._messages()
        records = sum(self.person_id in each.ids.get("persons", ()) for each in self._trail())
        if records:
            self.kept.append(f"{records} records of the audit trail, each for {settings().audit_days} days")

    def unchecked(self) -> list[str]:
        """What cannot be checked, and when it expires."""
        memory = "memory of idle functions: a copy appears in no response, and is dropped when its group is read again"
        logs = "logs: they contain no ids; the table's stream: keys of 24 hours"
        dynamodb, table = aws.client("dynamodb"), settings().table
        described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        recovery = described.get("PointInTimeRecoveryDescription", {})
        backups = "the table's point-in-time recovery: off"
        if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
            days = recovery.get("RecoveryPeriodInDays", 35)
            backups = f"the table's point-in-time recovery: {days} days"
        made = [each["BackupName"] for each in dynamodb.list_backups(TableName=table).get("BackupSummaries", [])]
        if made:
            backups += f"; backups that you made: {', '.join(made)}"
        return [memory, logs, backups]

    def _rows(self) -> Store:
        pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=settings().table, ConsistentRead=True)
        seen, found, kinds = 0, 0, set[str]()
        for row in (row for page in pages for row in page["Items"]):
            seen += 1
            kind, _hash, rest = row["pk"]["S"].partition("#")
            library, _hash, tail = rest.partition("#")
            if library != self.library:
                continue
            self._note(kind, row)
            if kind == "GONE":
                if row["sk"]["S"] == self.person_id:
                    ends = datetime.fromtimestamp(int(row["expires"]["N"]), UTC)
                    self.kept.append(f"the deletion record, until {ends:%F %R} UTC")
            elif self._names(kind, tail, row):
                found += 1
                kinds.add(kind)
        return Store("rows of the table", f"{seen} rows", found, ", ".join(sorted(kinds)))

    def _note(self, kind: str, row: Row) -> None:
        """Note what a row says about the content of other stores."""
        if kind == "PERSON":
            faces = (entry["M"] for entry in row["faces"]["L"])
            self._kept_images[row["born"]["S"]] = {face["id"]["S"] for face in faces if face["kept"]["BOOL"]}
        elif kind == "GROUPS":
            self._groups.update(row["ids"]["SS"])
        elif kind == "GALLERY":
            self._groups.add(row["sk"]["S"])

    def _names(self, kind: str, tail: str, row: Row) -> bool:
        match kind:
            case "PERSON":
                return tail == self.person_id
            case "CHANGED" | "USED":
                return row["sk"]["S"] == self.person_id
            case "INDEX":
                return row.get("filled", {"S": ""})["S"].partition("/")[2] == self.person_id
        return kind not in _WITHOUT_PERSONS and any(map(self._in_text, _texts(row)))

    def _images(self) -> Store:
        """Images that belong to nobody. They may show this person: their keys do not tell."""
        seen, found = 0, 0
        for key, _version in _objects(settings().face_bucket, f"{self.library}/"):
            seen += 1
            _library, born, face_id = key.split("/", 2)
            found += face_id not in self._kept_images.get(born, ())
        return Store("images of faces", f"{seen} objects", found, "belong to no person" if found else "")

    def _snapshots(self) -> Store:
        seen, persons, found = 0, 0, 0
        for key, version in _objects(settings().snapshot_bucket, f"{self.library}/"):
            self._groups.add(key.split("/")[1])
            ids = _ids_in(key, version)
            seen, persons = seen + 1, persons + len(ids)
            found += bool((ids == encode_ids([self.person_id])[0]).any())
        return Store("snapshots of groups", f"{seen} files that list {persons} persons", found)

    def _vectors(self) -> Store:
        s3vectors, bucket = aws.client("s3vectors"), settings().vector_bucket
        ours = {sha256(f"{self.library}/{group}".encode()).hexdigest()[:40] for group in self._groups}
        if not bucket:
            return Store("vector indexes", "none in this deployment", 0)
        pages = s3vectors.get_paginator("list_indexes").paginate(vectorBucketArn=bucket)
        names = [each["indexName"] for page in pages for each in page["indexes"]]
        indexes = [name for name in names if name.partition("-")[0] in ours]
        seen = found = 0
        for name in indexes:
            for page in s3vectors.get_paginator("list_vectors").paginate(indexArn=f"{bucket}/index/{name}"):
                seen += len(page["vectors"])
                found += sum(each["key"].partition("/")[0] == self.person_id for each in page["vectors"])
        return Store("vector indexes", f"{len(indexes)} indexes of {seen} faces", found)

    def _uploads(self) -> Store:
        seen, found, anonymous = 0, 0, 0
        bucket = settings().upload_bucket
        for key, version in _objects(bucket, f"{self.library}/"):
            seen += 1
            _library, kind, path = key.split("/", 2)
            if self._in_path(kind, path):
                found += 1
            elif kind == "results":
                found += self._in_text(_read(bucket, key, version).decode())
            else:
                anonymous += 1
        about = f"{anonymous} others are images that do not tell whom they show" if anonymous else ""
        return Store("uploads and results", f"{seen} objects", found, about)

    def _in_path(self, kind: str, path: str) -> bool:
        parts = path.split("/")
        if kind == "results":
            kind, *parts = parts
        # enrol/<group>/<person>/<name>: a group may be called like a person
        return any(map(self._in_text, parts[1:] if kind == "enrol" else parts))

    def _fragments(self) -> Store:
        """Parts of this library's uploads that were never completed, whatever they contain."""
        buckets = (settings().upload_bucket, settings().face_bucket, settings().snapshot_bucket)
        found = 0
        for bucket in buckets:
            pages = aws.client("s3").get_paginator("list_multipart_uploads").paginate(Bucket=bucket)
            found += sum(
                each["Key"].startswith(f"{self.library}/") for page in pages for each in page.get("Uploads", [])
            )
        return Store("unfinished uploads", f"{len(buckets)} buckets", found, "gone within a day" if found else "")

    def _messages(self) -> Store:
        messages = [message for url in self.queues.values() for message in all_messages(url)]
        found = sum(message.of(self.library) and self._in_text(message.text) for message in messages)
        return Store("given-up messages", f"{len(messages)} in {len(self.queues)} queues", found)

    def _trail(self) -> Iterator[trail.Record]:
        return trail.read(self.library, datetime.fromtimestamp(0, UTC))

    def _in_text(self, text: str) -> bool:
        """Whether a text contains the person's id as a whole word."""
        return re.search(rf"(?<![A-Za-z0-9_-]){re.escape(self.person_id)}(?![A-Za-z0-9_-])", text) is not None


def _texts(value: Any) -> Iterator[str]:
    """All text in a row, except the names of attributes."""
    match value:
        case str():
            yield value
        case Mapping():
            for each in value.values():
                yield from _texts(each)
        case list():
            for each in value:
                yield from _texts(each)
        case bytes():
            yield value.decode(errors="replace")


def _objects(bucket: str, prefix: str) -> Iterator[tuple[str, str]]:
    """Key and version of all objects below the prefix, including former versions."""
    return versions(aws.client("s3"), bucket, prefix, markers=False)


def _read(bucket: str, key: str, version: str, part: str | None = None) -> bytes:
    """An object's bytes; empty if it was removed meanwhile."""
    range_option = {"Range": part} if part else {}
    version_option = {"VersionId": version} if version != "null" else {}
    try:
        return aws.client("s3").get_object(Bucket=bucket, Key=key, **version_option, **range_option)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion"):
            return b""
        raise


def _ids_in(key: str, version: str) -> Any:
    """The ids in a snapshot file, including those marked as gone: bytes (n,)."""
    bucket = settings().snapshot_bucket
    start = _read(bucket, key, version, f"bytes=0-{START - 1}")
    head = _read(bucket, key, version, f"bytes=0-{table_ends(start) - 1}") if start else b""
    return decode_table(head).ids if head else encode_ids([])
