"""The audit trail: who did what, to whom and when, with what outcome. Never an image, name, note or embedding.

It has its own table, to which functions only add. A record is kept for `VISAGE_AUDIT_DAYS`. Deleting a person does not
remove its records, because they prove the deletion. docs/privacy.md explains its purpose.
"""

import re
import secrets
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from visage import aws, table
from visage.errors import Reason, VisageError
from visage.settings import settings

BEGUN, OK = "BEGUN", "OK"
"""Outcomes of a change about to be made, and of success. Other outcomes are names of reasons."""

_DAY = 86_400
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded action."""

    library: str
    who: str
    """A client's AccessKeyId, an operator's name at AWS, or the function that acts by itself."""
    operation: str
    request: str
    """The request's id, which also finds it in the logs."""
    outcome: str
    ids: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Kind, such as "persons" → ids of that kind in the request or response."""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


def write(record: Record) -> None:
    """Add a record. Raises VisageError(CONTENDED) and botocore's errors: what cannot be recorded must not succeed."""
    row = {
        "library": {"S": record.library},
        # Random, so that no record replaces another.
        "at": {"S": f"{record.time.isoformat(timespec='milliseconds')} {secrets.token_hex(8)}"},
        "who": {"S": record.who},
        "operation": {"S": record.operation},
        "request": {"S": record.request},
        "outcome": {"S": record.outcome},
        "expires": {"N": str(int(time.time()) + settings().audit_days * _DAY)},
        **{kind: {"SS": sorted(ids)} for kind, given in record.ids.items() if (ids := _only_ids(given))},
    }
    added, _found = table.put(
        row,
        "attribute_not_exists(library) OR #request = :request",
        {":request": row["request"]},
        {"#request": "request"},
        settings().audit_table,
    )
    if not added:
        raise VisageError(Reason.CONTENDED)


def read(library: str | None, since: datetime) -> Iterator[Record]:
    """The records since then: of one library, in order, or of all libraries."""
    dynamodb, name = aws.client("dynamodb"), settings().audit_table
    values = {":since": {"S": since.isoformat(timespec="milliseconds")}}
    recent, names = "#at >= :since", {"#at": "at"}
    if library is None:
        pages = dynamodb.get_paginator("scan").paginate(
            TableName=name, FilterExpression=recent, ExpressionAttributeNames=names, ExpressionAttributeValues=values
        )
    else:
        pages = dynamodb.get_paginator("query").paginate(
            TableName=name,
            KeyConditionExpression=f"library = :library AND {recent}",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={**values, ":library": {"S": library}},
        )
    return (_record(row) for page in pages for row in page["Items"])


def _record(row: Mapping[str, Any]) -> Record:
    return Record(
        library=row["library"]["S"],
        who=row["who"]["S"],
        operation=row["operation"]["S"],
        request=row["request"]["S"],
        outcome=row["outcome"]["S"],
        ids={kind: value["SS"] for kind, value in row.items() if "SS" in value},
        time=datetime.fromisoformat(row["at"]["S"].partition(" ")[0]),
    )


def _only_ids(given: Collection[str]) -> set[str]:
    """The ids among these values: a refused request may contain anything."""
    return {each for each in given if _ID.fullmatch(each)}
