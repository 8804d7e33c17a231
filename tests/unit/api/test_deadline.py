"""A function that runs out of time responds before Lambda ends it, and logs that."""

import json
import threading
import time
from types import SimpleNamespace

import pytest

from tests.support import edge
from tests.support.events import green_event, rpc_event
from visage import aws
from visage.api import deadline
from visage.api.deadline import within
from visage.api.operation import green_operation, rpc_operation
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


def ending(seconds):
    """Lambda's context of a function that ends so many seconds after the reserve begins to be used."""
    ends = time.monotonic() + seconds + deadline.RESERVE
    return SimpleNamespace(get_remaining_time_in_millis=lambda: int(1000 * (ends - time.monotonic())))


@pytest.fixture
def slow(deployment):
    """Releases blocked work: an operation of each dialect waits for it. At the end it waits until all have ended."""
    go = threading.Event()
    yield go
    go.set()
    for thread in threading.enumerate():
        if thread.name == "operation":
            thread.join(30)


@pytest.fixture
def operations(slow):
    @rpc_operation("CompareFaces")
    def compare(_call):
        slow.wait(10)
        return {}

    @green_operation("AddFaces", writes=True)
    def add(_call):
        slow.wait(10)
        return {"personId": "ann"}

    return compare, add


def test_a_timeout_is_reported_in_the_clients_dialect(client, operations, log):
    compare, add = operations
    for handler, event in (
        (compare, rpc_event(client, {})),
        (compare, rpc_event(client, {}, Format="XML")),
        (add, green_event(client, "/green/sface/face/add", {"personId": "ann"})),
    ):
        response = handler(event, ending(0.1))
        assert response["statusCode"] == 500 and "Error.Timeout" in response["body"]
        if not response["body"].startswith("<"):
            assert json.loads(response["body"])["code"] == 581
        request = event["requestContext"]["requestId"].upper()
        lines = [json.loads(line) for line in log.getvalue().splitlines()]
        assert [line["level"] for line in lines if line["message"] == "out of time" and line["request"] == request]


def test_late_work_is_recorded_when_it_ends(client, operations, slow, log):
    _compare, add = operations
    assert add(green_event(client, "/green/sface/face/add", {}), ending(0.1))["statusCode"] == 500
    slow.set()
    patience, outcomes = time.monotonic() + 30, []
    while outcomes != ["BEGUN", "OK"] and time.monotonic() < patience:
        time.sleep(0.01)
        records = aws.client("dynamodb").scan(TableName=settings().audit_table)["Items"]
        outcomes = sorted(record["outcome"]["S"] for record in records)
    assert outcomes == ["BEGUN", "OK"], log.getvalue()


def test_work_within_its_time_limit_is_answered_normally(client, log):
    event = green_event(client, "/green/sface/groups", {"do": "break"})
    assert edge.green_read(event, ending(5))["statusCode"] == 500
    assert edge.green_read(green_event(client, "/green/sface/groups", {}), ending(5))["statusCode"] == 200
    assert "out of time" not in log.getvalue()


def test_exceptions_of_the_work_are_raised():
    def work():
        raise TimeoutError("of its own")

    with pytest.raises(TimeoutError, match="of its own"):
        within(ending(1), work, lambda: "late")


def test_without_a_limit_nothing_is_limited():
    assert within(None, threading.get_ident, lambda: 0) == threading.get_ident()
