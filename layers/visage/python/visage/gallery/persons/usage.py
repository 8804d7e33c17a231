"""When persons were last of use: enrolled, or found by a search. Who was not for long may be purged.

A row of its own for each person, which comes and goes with the person in one transaction. So the mark of a search that
ends after the person was deleted finds no row, and leaves none.
"""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import lru_cache

from botocore.exceptions import ClientError

from visage import aws, table
from visage.gallery.persons import rows
from visage.settings import settings

_AT_ONCE = 8
_REMEMBERED = 20_000
"""Marks that a container remembers, in order not to make them again: about 4 MB."""


def today() -> date:
    """In UTC, as everything here is."""
    return datetime.now(UTC).date()


def mark(library: str, person_ids: Collection[str]) -> None:
    """Note that these persons were of use today; those who are gone are passed over.

    A mark for which the table is too busy is left to the next use: nobody's search is to fail for it.
    """
    day = today().isoformat()
    if len(person_ids) == 1:
        _attempt(library, *person_ids, day)
    elif person_ids:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda person_id: _attempt(library, person_id, day), person_ids))


def unused(library: str, before: date) -> Iterator[tuple[str, str]]:
    """Who was last of use before this day, and when (ISO 8601), by id."""
    for row in table.rows_of(rows.uses_of(library)):
        if row["last_use"]["S"] < before.isoformat():
            yield row["sk"]["S"], row["last_use"]["S"]


def _attempt(library: str, person_id: str, day: str) -> None:
    try:
        _mark(library, person_id, day)
    except ClientError as error:
        if error.response["Error"]["Code"] not in table.BUSY:
            raise


@lru_cache(_REMEMBERED)
def _mark(library: str, person_id: str, day: str) -> None:
    dynamodb = aws.client("dynamodb")
    try:
        dynamodb.update_item(
            TableName=settings().table,
            Key=rows.used_key(library, person_id),
            UpdateExpression="SET last_use = :day",
            ConditionExpression="last_use < :day",
            ExpressionAttributeValues={":day": {"S": day}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return
