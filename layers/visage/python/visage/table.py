"""The deployment's table: consistent reads, and writes that take place once or not at all.

A call for which the table is too busy is made again, after longer and longer pauses. Any may raise
VisageError(CONTENDED): it was too busy for too long.
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

Key = dict[str, dict[str, str]]
Row = dict[str, dict[str, Any]]
"""An item as DynamoDB's client takes and gives it."""

_PAUSES = tuple(min(0.02 * 2**attempt, 0.4) for attempt in range(12))
"""The longest pauses between attempts, in seconds: 3.4 together, and half of that on average."""
_WRITTEN, _READ = 25, 100
"""Rows that DynamoDB takes and gives at once."""

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


def key(partition: str, sort: str) -> Key:
    return {"pk": {"S": partition}, "sk": {"S": sort}}


def number(value: float) -> dict[str, str]:
    return {"N": str(value)}


def get(place: Key) -> Row | None:
    """The row as it is now, or None."""
    answer = _asked("get_item", patience(), TableName=settings().table, Key=place, ConsistentRead=True)
    return answer.get("Item")


def get_settled(place: Key) -> Row | None:
    """The same, once no transaction is under way that would change it."""
    wait = patience()
    while True:
        try:
            wanted = [{"Get": {"TableName": settings().table, "Key": place}}]
            return _asked("transact_get_items", wait, TransactItems=wanted)["Responses"][0].get("Item")
        except ClientError as error:
            if not _was_overtaken(error):
                raise
        wait()


def get_all(places: Sequence[Key]) -> Iterator[Row]:
    """Those of these rows that there are, in any order."""
    table, wait = settings().table, patience()
    for start in range(0, len(places), _READ):
        missing = list(places[start : start + _READ])
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


def rows_of(name: str, only: str = "", values: Row | None = None, attributes: str = "") -> Iterator[Row]:
    """The same, as they are read; with `only` (a FilterExpression, whose values are `values`) those that it lets pass,
    with `attributes` no other attributes than these."""
    query = {
        "TableName": settings().table,
        "ConsistentRead": True,
        "KeyConditionExpression": "pk = :name",
        "ExpressionAttributeValues": {":name": {"S": name}, **(values or {})},
        **({"FilterExpression": only} if only else {}),
        **({"ProjectionExpression": attributes} if attributes else {}),
    }
    while True:
        page = _asked("query", patience(), **query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def put(
    row: Row, condition: str = "", values: Row | None = None, names: Mapping[str, str] | None = None, into: str = ""
) -> tuple[bool, Row | None]:
    """Whether the condition held, and the row was put; and where it did not the row that was found, if any.

    `into` names another table of the deployment. When an answer is lost, boto3 sends the write again by itself: the
    condition must hold for the row that this very call has put.
    """
    done, answer = _conditional("put_item", condition, values, names, into, Item=row)
    return done, None if done else answer


def update(
    place: Key, change: str, condition: str, values: Row | None = None, names: Mapping[str, str] | None = None
) -> tuple[bool, Row | None]:
    """Whether the condition held, and the row was changed; and the row: as it is now, or as it was found, if at all.

    When an answer is lost, boto3 sends the change again by itself. So either the condition holds for the changed row
    and the change makes no difference twice, or the change leaves a mark by which its caller knows it in that row.
    """
    done, answer = _conditional(
        "update_item", condition, values, names, "", Key=place, UpdateExpression=change, ReturnValues="ALL_NEW"
    )
    return done, answer["Attributes"] if done else answer


def delete(place: Key, stamp: str) -> None:
    """Delete a row unless its stamp is another one by now."""
    _conditional("delete_item", "stamp = :stamp", {":stamp": {"S": stamp}}, None, "", Key=place)


def put_all(rows: Sequence[Row]) -> None:
    """Put these rows, or some of them when it raises."""
    _write_all([{"PutRequest": {"Item": row}} for row in rows])


def delete_all(places: Sequence[Key]) -> None:
    """Delete these rows, or some of them when it raises."""
    _write_all([{"DeleteRequest": {"Key": place}} for place in places])


def write(actions: Sequence[dict[str, dict[str, Any]]], wait: Callable[[], None]) -> bool:
    """One transaction; False when it was cancelled because others were writing, or had written, the same rows.

    An action is {"Put" | "Update" | "Delete": parameters}. The token makes DynamoDB carry out once what is sent twice
    because an answer was lost.
    """
    items = [{verb: {"TableName": settings().table, **action}} for each in actions for verb, action in each.items()]
    try:
        _asked("transact_write_items", wait, TransactItems=items, ClientRequestToken=secrets.token_hex(16))
    except ClientError as error:
        if not _was_overtaken(error):
            raise
        return False
    return True


def _write_all(requests: Sequence[dict[str, Any]]) -> None:
    table, wait = settings().table, patience()
    for start in range(0, len(requests), _WRITTEN):
        left = list(requests[start : start + _WRITTEN])
        while left:
            answer = _asked("batch_write_item", wait, RequestItems={table: left})
            left = answer.get("UnprocessedItems", {}).get(table, [])
            if left:
                wait()


def _conditional(
    operation: str, condition: str, values: Row | None, names: Mapping[str, str] | None, into: str, **parameters: Any
) -> tuple[bool, Any]:
    """True and what DynamoDB answers, or False and the row for which the condition does not hold, if there is one."""
    terms = {"ExpressionAttributeValues": values, "ExpressionAttributeNames": names}
    parameters |= {name: given for name, given in terms.items() if given}
    if condition:
        parameters |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    try:
        return True, _asked(operation, patience(), TableName=into or settings().table, **parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        return False, error.response.get("Item")


def _was_overtaken(error: ClientError) -> bool:
    """Whether a transaction was cancelled because of others."""
    reasons = {reason["Code"] for reason in error.response.get("CancellationReasons", [])}
    return bool(reasons) and reasons <= _CONTENTION


def _asked(operation: str, wait: Callable[[], None], **parameters: Any) -> dict[str, Any]:
    """What DynamoDB answers, asked again as long as it is busy and `wait` has patience."""
    while True:
        try:
            return getattr(aws.client("dynamodb"), operation)(**parameters)
        except ClientError as error:
            if error.response["Error"]["Code"] not in BUSY:
                raise
        wait()
