"""The tasks' rows in the table: one for each task, which holds no image.

    pk       JOBS#<library>          sk       the task's id
    stage    queued, done, forgotten: see `Stage`
    entry    JSON: what the client called the task; once it is done, its result
    body     JSON: what to scan; not there where it is stowed away in the upload bucket (`stowed`)
    runs     how often it was begun
    ends     epoch seconds: a queued one that is not done by then is late; a done one can be read no longer
    expires  epoch seconds: when DynamoDB may remove the row
    persons  ids of persons that the result names
    callback, seed, uid              who is told of the result, as long as nobody was
    tries, claimed                   how often that was tried; until when somebody is at it
    result_key                       where the result is to be written in the upload bucket, too
    pending                          the result is there, and what follows from it has not all been done
"""

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from visage import aws
from visage.errors import Reason, VisageError
from visage.settings import settings

Key = dict[str, dict[str, str]]
Row = dict[str, dict[str, Any]]

_PAUSES = tuple(0.05 * 2**attempt for attempt in range(6))
"""The longest pauses between attempts, in seconds: 3 together, and half of that on average."""
_WRITTEN, _READ = 25, 100
"""Rows that DynamoDB takes and gives at once."""


def key(library: str, task_id: str) -> Key:
    return {"pk": {"S": partition(library)}, "sk": {"S": task_id}}


def partition(library: str) -> str:
    """Of all tasks of a library."""
    return f"JOBS#{library}"


def attempts() -> Iterator[None]:
    """Once, and then a few times more, each after a longer pause."""
    yield
    for longest in _PAUSES:
        time.sleep(random.uniform(0, longest))
        yield


def write(rows: Sequence[Row]) -> None:
    """Put these rows. Raises VisageError(BUSY) when DynamoDB takes some of them only."""
    _write([{"PutRequest": {"Item": row}} for row in rows])


def delete(keys: Sequence[Key]) -> None:
    """Delete these rows. Raises VisageError(BUSY) when DynamoDB deletes some of them only."""
    _write([{"DeleteRequest": {"Key": each}} for each in keys])


def _write(requests: Sequence[dict[str, Any]]) -> None:
    for start in range(0, len(requests), _WRITTEN):
        left = list(requests[start : start + _WRITTEN])
        for _attempt in attempts():
            answer = aws.client("dynamodb").batch_write_item(RequestItems={settings().table: left})
            left = answer.get("UnprocessedItems", {}).get(settings().table, [])
            if not left:
                break
        else:
            raise VisageError(Reason.BUSY)


def get_all(keys: Sequence[Key]) -> Iterator[Row]:
    """Those of these rows that there are, in any order. Raises VisageError(BUSY)."""
    for start in range(0, len(keys), _READ):
        missing = list(keys[start : start + _READ])
        for _attempt in attempts():
            wanted = {settings().table: {"Keys": missing, "ConsistentRead": True}}
            answer = aws.client("dynamodb").batch_get_item(RequestItems=wanted)
            yield from answer["Responses"][settings().table]
            missing = answer.get("UnprocessedKeys", {}).get(settings().table, {}).get("Keys", [])
            if not missing:
                break
        else:
            raise VisageError(Reason.BUSY)


def of_library(library: str, person_id: str | None = None) -> Iterator[Row]:
    """Keys and result keys of a library's tasks; with `person_id`, of those whose results name that person."""
    values = {":name": {"S": partition(library)}}
    narrower: dict[str, Any] = {}
    if person_id is not None:
        narrower["FilterExpression"] = "contains(persons, :person)"
        values[":person"] = {"S": person_id}
    pages = (
        aws.client("dynamodb")
        .get_paginator("query")
        .paginate(
            TableName=settings().table,
            ConsistentRead=True,
            KeyConditionExpression="pk = :name",
            ExpressionAttributeValues=values,
            ProjectionExpression="pk, sk, result_key",
            **narrower,
        )
    )
    return (row for page in pages for row in page["Items"])


def update(
    place: Key, change: str, condition: str, values: Mapping[str, Any] | None = None
) -> tuple[bool, Row | None]:
    """Whether the condition held and the row was changed; and the row: as it is now, or as it was found, if at all."""
    dynamodb = aws.client("dynamodb")
    try:
        answer = dynamodb.update_item(
            TableName=settings().table,
            Key=place,
            UpdateExpression=change,
            ConditionExpression=condition,
            **({"ExpressionAttributeValues": values} if values else {}),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        return False, error.response.get("Item")
    return True, answer["Attributes"]


def text(row: Row, name: str) -> str:
    return row[name]["S"] if name in row else ""


def number(value: float) -> dict[str, str]:
    return {"N": str(value)}
