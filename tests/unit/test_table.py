"""A busy table: calls are retried, and finally refused as the contract says."""

import pytest
from botocore.exceptions import ClientError

from tests.support.interleaving import watched
from visage import table
from visage.access import nonces
from visage.errors import Reason, VisageError
from visage.gallery.persons.store import Library
from visage.jobs import scans
from visage.jobs.types import Job
from visage.liveness import sessions

pytestmark = pytest.mark.usefixtures("queues")

KEY = table.key("A", "1")
CALLS = {
    "get": lambda: table.get(KEY),
    "get settled": lambda: table.get_settled(KEY),
    "get all": lambda: list(table.get_all([KEY])),
    "partition": lambda: table.partition("A"),
    "put": lambda: table.put({**KEY, "a": table.number(1)}),
    "update": lambda: table.update(KEY, "SET a = :a", "attribute_not_exists(a)", {":a": table.number(1)}),
    "delete": lambda: table.delete(KEY, "stamp"),
    "put all": lambda: table.put_all([KEY]),
    "delete all": lambda: table.delete_all([KEY]),
    "a nonce": lambda: nonces.spend("client", "nonce", "request"),
    "a session": lambda: sessions.create("acme", "client"),
    "a task": lambda: scans.submit("acme", [Job({}, {})]),
    "a person": lambda: Library("acme").add_person("ann", ["staff"]),
}
TABLES = {"GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"}
TABLES |= {"BatchGetItem", "BatchWriteItem", "TransactWriteItems", "TransactGetItems"}


def busy(times):
    """Refuse this many calls of the table, like a throttled DynamoDB."""
    left = [times]

    def handle(operation, _parameters, call):
        if operation in TABLES and left[0]:
            left[0] -= 1
            raise ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, operation)
        return call()

    return handle


@pytest.mark.parametrize("name", CALLS)
def test_a_few_refusals_are_retried(pauses, name):
    with watched(busy(3)):
        CALLS[name]()
    assert len(pauses) == 3


@pytest.mark.parametrize("name", CALLS)
def test_refusals_for_seconds_become_580(pauses, name):
    with watched(busy(1000)), pytest.raises(VisageError) as refused:
        CALLS[name]()
    assert refused.value.reason is Reason.CONTENDED
    assert len(pauses) == 12


@pytest.mark.parametrize("name", ["put", "update"])
def test_a_failed_condition_is_not_an_error_and_returns_the_row(name):
    row = {**KEY, "a": table.number(7)}
    table.put(row)
    values = {":a": table.number(1)}
    calls = {
        "put": lambda: table.put({**KEY, "a": table.number(1)}, "a = :a", values),
        "update": lambda: table.update(KEY, "SET a = :a", "a = :a", values),
    }
    assert calls[name]() == (False, row)
    assert table.get(KEY) == row


def test_a_missing_row_is_returned_as_none():
    assert table.update(KEY, "SET a = :a", "attribute_exists(pk)", {":a": table.number(1)}) == (False, None)
    assert table.put({**KEY, "a": table.number(1)}) == (True, None)
    assert table.update(KEY, "SET b = :b", "a = :a", {":a": table.number(1), ":b": table.number(2)}) == (
        True,
        {**KEY, "a": {"N": "1"}, "b": {"N": "2"}},
    )


def test_a_partitions_rows_are_filtered_and_projected():
    for sort in "12":
        table.put({**table.key("A", sort), "a": table.number(int(sort)), "b": table.number(0)})
    found = table.rows_of("A", "a > :a", {":a": table.number(1)}, "sk, a")
    assert [*found] == [{"sk": {"S": "2"}, "a": {"N": "2"}}]


def test_another_error_is_raised_at_once(pauses):
    def refuse(operation, _parameters, _call):
        raise ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)

    with watched(refuse), pytest.raises(ClientError):
        table.get(KEY)
    assert pauses == []
