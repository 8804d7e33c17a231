"""The queue edge: a batch of messages, each of which succeeds or fails on its own."""

import json
import threading

import pytest

from tests.support.jobs import submit
from visage import aws
from visage.api.messages import queue_operation
from visage.errors import Reason, VisageError
from visage.jobs.types import Handled, Message


def record(name, body, received=1):
    """A message in Lambda's format: a body as is, or one with the id of a task."""
    if isinstance(body, Message):
        body, received = json.dumps({"library": body.library, "taskId": body.task_id}), body.received
    return {
        "messageId": name,
        "receiptHandle": f"receipt-{name}",
        "body": body,
        "attributes": {"ApproximateReceiveCount": str(received)},
    }


def task(task_id, received=1):
    return Message("acme", task_id, received)


def failures(handler, *bodies):
    """Numbers of the messages of a batch that are delivered again."""
    answer = handler({"Records": [record(str(number), body) for number, body in enumerate(bodies)]}, None)
    return [int(each["itemIdentifier"]) for each in answer["batchItemFailures"]]


@queue_operation("Echo")
def echo(message):
    match message.task_id:
        case "break":
            raise ZeroDivisionError("a secret")
        case "refuse":
            raise VisageError(Reason.BUSY, "a detail")
    return Handled(message.task_id)


def test_only_failed_messages_are_reported(deployment):
    assert failures(echo, task("work"), task("break"), task("refuse"), task("work")) == [1, 2]


@pytest.mark.parametrize(
    "body", ["", "nonsense", "[]", "1", "{}", '"text"', '{"library": "acme"}', '{"library": 1, "taskId": "a"}']
)
def test_a_message_that_cannot_be_read_fails_alone(deployment, body):
    assert failures(echo, task("work"), body, task("work")) == [1]


def test_a_message_to_retry_is_reported_and_hidden_until_then(queues):
    submit()
    (message,) = aws.client("sqs").receive_message(QueueUrl=queues["scan"], VisibilityTimeout=1000)["Messages"]

    @queue_operation("Later", queue=lambda: queues["scan"])
    def later(_message):
        return Handled("busy", 0)

    given = record("0", task("a")) | {"receiptHandle": message["ReceiptHandle"]}
    assert later({"Records": [given]}, None)["batchItemFailures"] == [{"itemIdentifier": "0"}]
    assert aws.client("sqs").receive_message(QueueUrl=queues["scan"])["Messages"], "it is visible again"


def test_several_messages_are_handled_at_the_same_time(deployment):
    together = threading.Barrier(3, timeout=10)

    @queue_operation("Together", at_once=3)
    def wait(_message):
        together.wait()

    assert failures(wait, task("a"), task("b"), task("c")) == []


def test_the_log_has_outcomes_and_no_messages(deployment, log):
    failures(echo, task("work"), task("break"), "nonsense-text")
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["outcome"] for line in lines if line["message"] == "handled"] == ["work", "failed", "failed"]
    assert not [text for text in ("a secret", "nonsense-text") if text in log.getvalue()]
