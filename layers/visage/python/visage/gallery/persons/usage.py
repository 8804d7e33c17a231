"""The day on which each person was last used: enrolled, or found by a search. Persons unused for long may be purged.

Each person has a usage row, created and deleted with the person in one transaction. So a search that ends after the
person was deleted finds no row to mark, and creates none.
"""

from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import lru_cache

from botocore.exceptions import ClientError

from visage import aws, table
from visage.gallery.persons import rows
from visage.settings import settings

_PARALLEL = 8
_REMEMBERED = 20_000
"""Marks that a container remembers so as not to write them again: about 4 MB."""


def today() -> date:
    """Today's date in UTC, as everywhere here."""
    return datetime.now(UTC).date()


def mark(library: str, person_ids: Collection[str]) -> None:
    """Record that these persons were used today; deleted persons are skipped.

    A mark that the table is too busy to take is left to the next use: no search should fail because of it.
    """
    day = today().isoformat()
    if len(person_ids) == 1:
        _attempt(library, *person_ids, day)
    elif person_ids:
        with ThreadPoolExecutor(_PARALLEL) as pool:
            list(pool.map(lambda person_id: _attempt(library, person_id, day), person_ids))


def unused(library: str, before: date) -> Iterator[tuple[str, str]]:
    """Persons who were last used before this day, with that day (ISO 8601), by id."""
    for row in table.rows_of(rows.usage_partition(library)):
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
            Key=rows.usage_key(library, person_id),
            UpdateExpression="SET last_use = :day",
            ConditionExpression="last_use < :day",
            ExpressionAttributeValues={":day": {"S": day}},
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return
