"""What is left of a person, store by store, by the bytes that lie there and not by what we believe of them.

Two things are no remnants: the mark that keeps a late drop from bringing the person back, and the audit trail.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from cli.queues import waiting
from visage import aws
from visage.access import trail
from visage.gallery.index.segments import START, decode_table, encode_ids, table_ends
from visage.settings import settings

Row = Mapping[str, Any]

_WITHOUT_PERSONS = {"GALLERY", "GROUPS"}
"""Kinds of rows whose ids are of groups, which may be called like a person."""


@dataclass(frozen=True, slots=True)
class Store:
    """What was found in one place."""

    name: str
    looked: str
    """At how much."""
    found: int
    about: str = ""
    """Where, or what it may be."""


@dataclass
class Evidence:
    """Looks for one person of a library. `queues`: name → URL of those in which messages stay behind."""

    library: str
    person_id: str
    queues: Mapping[str, str]
    kept: list[str] = field(default_factory=list)
    """What is there on purpose; known when all stores were looked at."""
    _groups: set[str] = field(default_factory=set)
    _living: dict[str, set[str]] = field(default_factory=dict)
    """born → the faces whose images are kept, of all persons that there are."""

    def stores(self) -> Iterator[Store]:
        """Every store, each as it has been looked at."""
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

    def unseen(self) -> list[str]:
        """What cannot be looked at, and when it ends."""
        memory = "memory of functions at rest: a copy is in no answer, and is dropped when its group is read again"
        logs = "logs: they hold no ids; the table's stream: 24 hours of keys"
        dynamodb, table = aws.client("dynamodb"), settings().table
        described = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
        recovery = described.get("PointInTimeRecoveryDescription", {})
        backups = "the table's recovery to a point in time: it is off"
        if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
            days = recovery.get("RecoveryPeriodInDays", 35)
            backups = f"the table's recovery to a point in time: {days} days, after which it has forgotten"
        own = [each["BackupName"] for each in dynamodb.list_backups(TableName=table).get("BackupSummaries", [])]
        if own:
            backups += f"; backups that you have made: {', '.join(own)}"
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
                    self.kept.append(f"the mark of the deletion, until {ends:%F %R} UTC")
            elif self._names(kind, tail, row):
                found += 1
                kinds.add(kind)
        return Store("rows of the table", f"{seen} rows", found, ", ".join(sorted(kinds)))

    def _note(self, kind: str, row: Row) -> None:
        """What tells of other stores what must be there."""
        if kind == "PERSON":
            faces = (entry["M"] for entry in row["faces"]["L"])
            self._living[row["born"]["S"]] = {face["id"]["S"] for face in faces if face["kept"]["BOOL"]}
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
        """Images that belong to nobody, who may be this person: their keys do not tell."""
        seen, found = 0, 0
        for key, _version in _objects(settings().face_bucket, f"{self.library}/"):
            seen += 1
            _library, born, face_id = key.split("/", 2)
            found += face_id not in self._living.get(born, ())
        return Store("images of faces", f"{seen} objects", found, "of nobody that there is" if found else "")

    def _snapshots(self) -> Store:
        seen, persons, found = 0, 0, 0
        for key, version in _objects(settings().snapshot_bucket, f"{self.library}/"):
            self._groups.add(key.split("/")[1])
            ids = _ids_in(key, version)
            seen, persons = seen + 1, persons + len(ids)
            found += bool((ids == encode_ids([self.person_id])[0]).any())
        return Store("snapshots of groups", f"{seen} files that name {persons} persons", found)

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
        seen, found, unsaid = 0, 0, 0
        bucket = settings().upload_bucket
        for key, version in _objects(bucket, f"{self.library}/"):
            seen += 1
            _library, kind, path = key.split("/", 2)
            if self._in_path(kind, path):
                found += 1
            elif kind == "results":
                found += self._in_text(_read(bucket, key, version).decode())
            else:
                unsaid += 1
        about = f"{unsaid} others are pictures that do not say whom they show" if unsaid else ""
        return Store("uploads and results", f"{seen} objects", found, about)

    def _in_path(self, kind: str, path: str) -> bool:
        parts = path.split("/")
        if kind == "results":
            kind, *parts = parts
        # enrol/<group>/<person>/<name>: a group may be called like a person
        return any(map(self._in_text, parts[1:] if kind == "enrol" else parts))

    def _fragments(self) -> Store:
        """Parts of uploads that were never ended: of this library, whatever they hold."""
        buckets = (settings().upload_bucket, settings().face_bucket, settings().snapshot_bucket)
        found = 0
        for bucket in buckets:
            pages = aws.client("s3").get_paginator("list_multipart_uploads").paginate(Bucket=bucket)
            found += sum(
                each["Key"].startswith(f"{self.library}/") for page in pages for each in page.get("Uploads", [])
            )
        return Store("unfinished uploads", f"{len(buckets)} buckets", found, "gone within a day" if found else "")

    def _messages(self) -> Store:
        messages = [message for url in self.queues.values() for message in waiting(url)]
        found = sum(message.of(self.library) and self._in_text(message.text) for message in messages)
        return Store("given-up messages", f"{len(messages)} in {len(self.queues)} queues", found)

    def _trail(self) -> Iterator[trail.Record]:
        return trail.read(self.library, datetime.fromtimestamp(0, UTC))

    def _in_text(self, text: str) -> bool:
        """Whether a text has the person's id in it, and not only a longer one."""
        return re.search(rf"(?<![A-Za-z0-9_-]){re.escape(self.person_id)}(?![A-Za-z0-9_-])", text) is not None


def _texts(value: Any) -> Iterator[str]:
    """All text in a row, names of attributes aside."""
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
    """Key and version of all that lies there, former versions as well."""
    for page in aws.client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        yield from ((each["Key"], each["VersionId"]) for each in page.get("Versions", []))


def _read(bucket: str, key: str, version: str, part: str | None = None) -> bytes:
    """Nothing where the object was removed meanwhile."""
    some = {"Range": part} if part else {}
    own = {"VersionId": version} if version != "null" else {}
    try:
        return aws.client("s3").get_object(Bucket=bucket, Key=key, **own, **some)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "NoSuchVersion"):
            return b""
        raise


def _ids_in(key: str, version: str) -> Any:
    """Whom a file of a snapshot names, as gone or with faces: bytes (n,)."""
    bucket = settings().snapshot_bucket
    start = _read(bucket, key, version, f"bytes=0-{START - 1}")
    head = _read(bucket, key, version, f"bytes=0-{table_ends(start) - 1}") if start else b""
    return decode_table(head).ids if head else encode_ids([])
