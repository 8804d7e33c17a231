"""The local SQS queues behave like moto's own, at a cost independent of the number of messages."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto.sqs.models import Queue

from local.cloud.messages import patch_moto
from visage import aws


@pytest.fixture
def sqs(deployment: None) -> Iterator[Any]:
    patch_moto()
    yield aws.client("sqs")


@pytest.fixture
def url(sqs: Any) -> str:
    return sqs.create_queue(QueueName="work", Attributes={"VisibilityTimeout": "100"})["QueueUrl"]


def count(sqs: Any, url: str) -> tuple[int, int, int]:
    """Numbers of visible, delayed and in-flight messages."""
    names = ["", "Delayed", "NotVisible"]
    wanted = [f"ApproximateNumberOfMessages{name}" for name in names]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    waiting, delayed, taken = (int(told[name]) for name in wanted)
    return waiting, delayed, taken


def receive(sqs: Any, url: str) -> list[dict[str, Any]]:
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])


def test_messages_are_delayed_received_hidden_shown_and_deleted(sqs: Any, url: str) -> None:
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=100)
    assert count(sqs, url) == (2, 1, 0)
    one, two = receive(sqs, url)
    assert receive(sqs, url) == [] and count(sqs, url) == (0, 1, 2)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=two["ReceiptHandle"])
    sqs.delete_message(QueueUrl=url, ReceiptHandle=two["ReceiptHandle"])
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)
    (again,) = receive(sqs, url)
    assert again["Body"] == "one" and count(sqs, url) == (0, 1, 1)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    assert count(sqs, url) == (0, 1, 0), "an older receipt deletes as well"


def test_an_unknown_receipt_is_refused(sqs: Any, url: str) -> None:
    with pytest.raises(sqs.exceptions.ReceiptHandleIsInvalid):
        sqs.delete_message(QueueUrl=url, ReceiptHandle="nonsense")


def test_nothing_is_counted_when_a_message_is_sent(sqs: Any, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = []
    whole = property(lambda queue: counted.append(queue.name) or 0)
    monkeypatch.setattr(Queue, "approximate_number_of_messages", whole)
    sqs.send_message(QueueUrl=url, MessageBody="one")
    assert counted == []
    count(sqs, url)
    assert "work" in counted
