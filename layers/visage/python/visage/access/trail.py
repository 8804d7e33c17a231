"""The audit trail: who did what, to whom and when, and what came of it. Never an image, name, note or vector.

It lies in a table of its own, to which functions only add. A record is kept for `VISAGE_AUDIT_DAYS`; the deletion of a
person does not touch it, as it is the proof of the deletion. docs/privacy.md tells what it is for.
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
"""Outcomes: of a change that is about to be made, and of what went well. Others are names of reasons."""

_DAY = 86_400
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class Record:
    """Something that somebody did."""

    library: str
    who: str
    """A client's AccessKeyId, an operator's name at AWS, or the function that acts by itself."""
    operation: str
    request: str
    """Its id, by which it is found in the logs as well."""
    outcome: str
    ids: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Kind, as in "persons" → the ids of that kind that were asked for or answered."""
    time: datetime = field(default_factory=lambda: datetime.now(UTC))


def write(record: Record) -> None:
    """Add a record. Raises VisageError(CONTENDED), and botocore's own errors: what cannot be recorded must not go well.
    """
    row = {
        "library": {"S": record.library},
        # At random, so that no record takes the place of another one.
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
    """The records since then, of one library in their order, or of all."""
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
    """What was refused may be no id, but anything."""
    return {each for each in given if _ID.fullmatch(each)}
