"""Lists everything that a library stores, store by store, to count or erase it."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from cli.deployment import buckets
from cli.deployment.queues import all_messages
from visage import aws, table
from visage.gallery.persons import rows
from visage.gallery.persons.store import Library
from visage.gallery.persons.transaction import REMEMBERED
from visage.settings import settings
from visage.table import Key

_CLIENTS = {"NONCE", "LIMIT"}
"""Kinds of rows that belong to a client rather than to its library."""
_SHARED = {"LIBRARIES"}
"""Kinds of rows that belong to no library."""


@dataclass(frozen=True, slots=True)
class Part:
    """One store: `items` lists the library's items there, `erase` erases such items."""

    name: str
    items: Callable[[], Iterator[Any]]
    erase: Callable[[Sequence[Any]], None]


def parts(library: str, clients: Iterable[str], queues: Mapping[str, str]) -> list[Part]:
    """All stores, in the order of erasure: rows come last, because they name the indexes.

    `clients`: ids of the library's clients. `queues`: name → URL of the dead-letter queues.
    """
    s3 = [("images of faces", settings().face_bucket), ("snapshots of groups", settings().snapshot_bucket)]
    s3.append(("uploads and results", settings().upload_bucket))
    return [
        Part("vector indexes", lambda: _indexes(library), _erase_indexes),
        *(_objects(name, bucket, library) for name, bucket in s3),
        Part("unfinished uploads", lambda: _fragments(library, [bucket for _name, bucket in s3]), _abort),
        Part("given-up messages", lambda: _messages(library, queues), _delete_messages),
        Part("rows of the table", lambda: _keys(library, set(clients)), table.delete_all),
    ]


def close(library: str) -> None:
    """Stop processing drops for the library, whether they were dropped before or after this moment."""
    now = int(time.time())
    ends = {"closed": {"N": str(now)}, "expires": {"N": str(now + REMEMBERED)}}
    table.put({**rows.library_key(library), **ends})


def _keys(library: str, clients: set[str]) -> Iterator[Key]:
    scan = aws.client("dynamodb").get_paginator("scan")
    pages = scan.paginate(TableName=settings().table, ConsistentRead=True, ProjectionExpression="pk, sk")
    for row in (row for page in pages for row in page["Items"]):
        kind, whose = row["pk"]["S"].split("#")[:2]
        if whose in (clients if kind in _CLIENTS else {library}) and kind not in _SHARED:
            yield row


def _indexes(library: str) -> Iterator[str]:
    """ARNs of the vector indexes of all groups that are or were in the library."""
    groups = {row["sk"]["S"] for row in table.rows_of(rows.editions_partition(library))} | {*Library(library).groups()}
    snapshots = buckets.versions(aws.client("s3"), settings().snapshot_bucket, f"{library}/")
    groups |= {key.split("/")[1] for key, _version in snapshots}
    names = {sha256(f"{library}/{group}".encode()).hexdigest()[:40] for group in groups}
    bucket = settings().vector_bucket
    if not bucket:
        return
    for page in aws.client("s3vectors").get_paginator("list_indexes").paginate(vectorBucketArn=bucket):
        yield from (each["indexArn"] for each in page["indexes"] if each["indexName"].partition("-")[0] in names)


def _erase_indexes(arns: Sequence[str]) -> None:
    for arn in arns:
        aws.client("s3vectors").delete_index(indexArn=arn)


def _objects(name: str, bucket: str, library: str) -> Part:
    """The library's objects in a bucket, with former versions and delete markers."""
    return Part(
        name,
        lambda: buckets.versions(aws.client("s3"), bucket, f"{library}/"),
        lambda objects: buckets.erase(aws.client("s3"), bucket, objects),
    )


def _fragments(library: str, names: Iterable[str]) -> Iterator[dict[str, str]]:
    for name in names:
        for each in buckets.unfinished(aws.client("s3"), name):
            if each["Key"].startswith(f"{library}/"):
                yield each


def _abort(fragments: Sequence[dict[str, str]]) -> None:
    for each in fragments:
        aws.client("s3").abort_multipart_upload(**each)


def _messages(library: str, queues: Mapping[str, str]) -> Iterator[dict[str, str]]:
    for url in queues.values():
        for message in all_messages(url):
            if message.of(library):
                yield {"QueueUrl": url, "ReceiptHandle": message.receipt}


def _delete_messages(messages: Sequence[dict[str, str]]) -> None:
    for each in messages:
        aws.client("sqs").delete_message(**each)
