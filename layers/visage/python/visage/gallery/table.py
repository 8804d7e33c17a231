"""The one table, as the library uses it: consistent reads, and writes that take place once or not at all."""

import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from visage import aws
from visage.errors import Reason, VisageError
from visage.gallery.rows import Key, Row
from visage.settings import settings

_PAUSES = tuple(min(0.02 * 2**attempt, 0.4) for attempt in range(12))
"""The longest pauses between attempts, in seconds: 3.4 together, and half of that on average."""
_BATCH = 100
"""Rows that DynamoDB gives at once."""

_CONTENTION = {
    "None",
    "ConditionalCheckFailed",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
}
"""Why a transaction is cancelled that may pass when it is made anew."""
BUSY = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
"""Why a request should be sent again as it is."""


def patience() -> Callable[[], None]:
    """What waits a little longer at each call, and at last raises VisageError(CONTENDED)."""
    pauses = iter(_PAUSES)

    def wait() -> None:
        longest = next(pauses, None)
        if longest is None:
            raise VisageError(Reason.CONTENDED)
        # At random, or those who collided would collide again.
        time.sleep(random.uniform(0, longest))

    return wait


def get(key: Key) -> Row | None:
    """The row as it is now, or None."""
    answer = _asked("get_item", patience(), TableName=settings().table, Key=key, ConsistentRead=True)
    return answer.get("Item")


def get_all(keys: Sequence[Key]) -> Iterator[Row]:
    """Those of these rows that there are, in any order."""
    table, wait = settings().table, patience()
    for start in range(0, len(keys), _BATCH):
        missing = list(keys[start : start + _BATCH])
        while missing:
            wanted = {table: {"Keys": missing, "ConsistentRead": True}}
            answer = _asked("batch_get_item", wait, RequestItems=wanted)
            yield from answer["Responses"][table]
            missing = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if missing:
                wait()


def partition(name: str) -> list[Row]:
    """All rows of a partition, by sort key."""
    return [*rows_of(name)]


def rows_of(name: str) -> Iterator[Row]:
    """The same, as they are read."""
    query = {
        "TableName": settings().table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :name",
        "ExpressionAttributeValues": {":name": {"S": name}},
    }
    while True:
        page = _asked("query", patience(), **query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def write(actions: Sequence[dict[str, dict[str, Any]]], wait: Callable[[], None]) -> bool:
    """One transaction; False when it was cancelled because others were writing, or had written, the same rows.

    An action is {"Put" | "Update" | "Delete": parameters}. The token makes DynamoDB carry out once what is sent twice
    because an answer was lost.
    """
    items = [{verb: {"TableName": settings().table, **action}} for each in actions for verb, action in each.items()]
    try:
        _asked("transact_write_items", wait, TransactItems=items, ClientRequestToken=secrets.token_hex(16))
    except ClientError as error:
        reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
        if reasons and reasons <= _CONTENTION:
            return False
        raise
    return True


def delete(key: Key, stamp: str) -> None:
    """Delete a row unless its stamp is another one by now."""
    try:
        _asked(
            "delete_item",
            patience(),
            TableName=settings().table,
            Key=key,
            ConditionExpression="stamp = :stamp",
            ExpressionAttributeValues={":stamp": {"S": stamp}},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise


def _asked(operation: str, wait: Callable[[], None], **parameters: Any) -> dict[str, Any]:
    """What DynamoDB answers, asked again as long as it is busy and `wait` has patience."""
    while True:
        try:
            return getattr(aws.client("dynamodb"), operation)(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in BUSY:
                raise
        wait()
