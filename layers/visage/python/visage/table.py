"""The deployment's table: consistent reads, and writes that are applied once or not at all.

Calls are retried with growing pauses while the table is busy. Any of them may raise VisageError(CONTENDED) when it
stays busy for too long.
"""

import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from visage import aws
from visage.errors import Reason, VisageError
from visage.settings import settings
from visage.stages import timed

Key = dict[str, dict[str, str]]
Row = dict[str, dict[str, Any]]
"""An item in the format of DynamoDB's client."""

_PAUSES = tuple(min(0.02 * 2**attempt, 0.4) for attempt in range(12))
"""Maximum pauses between attempts, in seconds: 3.4 in total, on average half of that."""
_WRITE_BATCH, _READ_BATCH = 25, 100
"""Rows per DynamoDB batch."""

_CONTENTION = {
    "None",
    "ConditionalCheckFailed",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
}
"""Cancellation reasons of a transaction that may succeed when it is built again."""
BUSY = {
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}
"""Error codes of requests that should be sent again unchanged."""


def backoff() -> Callable[[], None]:
    """A function that waits a little longer at each call, and finally raises VisageError(CONTENDED)."""
    pauses = iter(_PAUSES)

    def wait() -> None:
        longest = next(pauses, None)
        if longest is None:
            raise VisageError(Reason.CONTENDED)
        # Random, because writers that collided would collide again.
        time.sleep(random.uniform(0, longest))

    return wait


def key(partition: str, sort: str) -> Key:
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def number(value: float) -> dict[str, str]:
    return {"N": str(value)}


def get(place: Key) -> Row | None:
    """The current row, or None."""
    answer = _call("get_item", backoff(), TableName=settings().table, Key=place, ConsistentRead=True)
    return answer.get("Item")


def get_settled(place: Key) -> Row | None:
    """The current row, or None, once no transaction that would change it is in progress."""
    wait = backoff()
    while True:
        try:
            request = [{"Get": {"TableName": settings().table, "Key": place}}]
            return _call("transact_get_items", wait, TransactItems=request)["Responses"][0].get("Item")
        except ClientError as error:
            if not _lost_race(error):
                raise
        wait()


def get_all(places: Sequence[Key]) -> Iterator[Row]:
    """The rows with these keys that exist, in any order."""
    table, wait = settings().table, backoff()
    for start in range(0, len(places), _READ_BATCH):
        missing = list(places[start : start + _READ_BATCH])
        while missing:
            request = {table: {"Keys": missing, "ConsistentRead": True}}
            answer = _call("batch_get_item", wait, RequestItems=request)
            yield from answer["Responses"][table]
            missing = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys", [])
            if missing:
                wait()


def partition(name: str) -> list[Row]:
    """All rows of a partition, by sort key."""
    return [*rows_of(name)]


def rows_of(name: str, only: str = "", values: Row | None = None, attributes: str = "") -> Iterator[Row]:
    """Yield a partition's rows as they are read.

    `only`: a FilterExpression, with its `values`. `attributes`: a ProjectionExpression.
    """
    query = {
        "TableName": settings().table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :name",
        "ExpressionAttributeValues": {":name": {"S": name}, **(values or {})},
        **({"FilterExpression": only} if only else {}),
        **({"ProjectionExpression": attributes} if attributes else {}),
    }
    while True:
        page = _call("query", backoff(), **query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def put(
    row: Row, condition: str = "", values: Row | None = None, names: Mapping[str, str] | None = None, into: str = ""
) -> tuple[bool, Row | None]:
    """Put a row if the condition holds. Returns whether it was put and, if not, the row that was found, if any.

    `into`: another table of the deployment. When a response is lost, botocore repeats the write, so the condition must
    hold for the row that this very call has put.
    """
    done, answer = _conditional("put_item", condition, values, names, into, Item=row)
    return done, None if done else answer


def update(
    place: Key, change: str, condition: str, values: Row | None = None, names: Mapping[str, str] | None = None
) -> tuple[bool, Row | None]:
    """Update a row if the condition holds. Returns whether it was updated, and the current row, if any.

    When a response is lost, botocore repeats the update. So either the condition holds for the updated row and applying
    the update twice makes no difference, or the update leaves a mark by which the caller recognises it in that row.
    """
    done, answer = _conditional(
        "update_item", condition, values, names, "", Key=place, UpdateExpression=change, ReturnValues="ALL_NEW"
    )
    return done, answer["Attributes"] if done else answer


def delete(place: Key, stamp: str) -> None:
    """Delete a row unless its stamp has changed."""
    _conditional("delete_item", "stamp = :stamp", {":stamp": {"S": stamp}}, None, "", Key=place)


def put_all(rows: Sequence[Row]) -> None:
    """Put these rows; if it raises, only some of them may have been put."""
    _write_all([{"PutRequest": {"Item": row}} for row in rows])


def delete_all(places: Sequence[Key]) -> None:
    """Delete these rows; if it raises, only some of them may have been deleted."""
    _write_all([{"DeleteRequest": {"Key": place}} for place in places])


@timed("write")
def write(actions: Sequence[dict[str, dict[str, Any]]], wait: Callable[[], None]) -> bool:
    """Run one transaction; False when it was cancelled because others were writing, or had written, the same rows.

    An action is {"Put" | "Update" | "Delete": parameters}. The token makes DynamoDB apply a transaction once that is
    sent twice because a response was lost.
    """
    items = [{verb: {"TableName": settings().table, **action}} for each in actions for verb, action in each.items()]
    try:
        _call("transact_write_items", wait, TransactItems=items, ClientRequestToken=secrets.token_hex(16))
    except ClientError as error:
        if not _lost_race(error):
            raise
        return False
    return True


def _write_all(requests: Sequence[dict[str, Any]]) -> None:
    table, wait = settings().table, backoff()
    for start in range(0, len(requests), _WRITE_BATCH):
        unwritten = list(requests[start : start + _WRITE_BATCH])
        while unwritten:
            answer = _call("batch_write_item", wait, RequestItems={table: unwritten})
            unwritten = answer.get("UnprocessedItems", {}).get(table, [])
            if unwritten:
                wait()


def _conditional(
    operation: str, condition: str, values: Row | None, names: Mapping[str, str] | None, into: str, **parameters: Any
) -> tuple[bool, Any]:
    """True and DynamoDB's response, or False and the row for which the condition does not hold, if there is one."""
    terms = {"ExpressionAttributeValues": values, "ExpressionAttributeNames": names}
    parameters |= {name: given for name, given in terms.items() if given}
    if condition:
        parameters |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    try:
        return True, _call(operation, backoff(), TableName=into or settings().table, **parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False, error.response.get("Item")


def _lost_race(error: ClientError) -> bool:
    """Whether a transaction was cancelled because of concurrent writers."""
    reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
    return bool(reasons) and reasons <= _CONTENTION


def _call(operation: str, wait: Callable[[], None], **parameters: Any) -> dict[str, Any]:
    """Call DynamoDB, retrying while it is busy and `wait` does not give up."""
    while True:
        try:
            return getattr(aws.client("dynamodb"), operation)(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in BUSY:
                raise
        wait()
