"""Queues, streams and buckets that invoke functions."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from local.cloud.client import aws_client
from local.functions.runtime import Answer
from local.stack import Stack
from local.template.event_sources import Failures, QueueTrigger, ScheduleTrigger
from local.triggers.triggers import QueuePoller, SchedulePoller, failed_items

Noted = Callable[[str, Callable[[list[Any]], bool]], list[Any]]


def _bodies(records: list[Any]) -> list[str]:
    return [record["body"] for record in records]


def test_messages_named_as_failed_come_back_and_end_in_the_dead_letter_queue(stack: Stack, noted: Noted) -> None:
    sqs = aws_client("sqs", stack.endpoint)
    queue = sqs.get_queue_url(QueueName="visage-local-Work")["QueueUrl"]
    attributes = {
        "Kind": {"DataType": "String", "StringValue": "k"},
        "Raw": {"DataType": "Binary", "BinaryValue": b"\xff"},
    }
    entries = [
        {"Id": "1", "MessageBody": "good", "MessageAttributes": attributes},
        {"Id": "2", "MessageBody": "fail"},
    ]
    sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    records = noted("queue", lambda records: _bodies(records).count("fail") == 2)
    assert _bodies(records).count("good") == 1
    good = next(record for record in records if record["body"] == "good")
    assert good["messageAttributes"]["Kind"]["stringValue"] == "k"
    assert good["messageAttributes"]["Raw"]["binaryValue"] == "/w=="
    assert good["eventSourceARN"].endswith(":visage-local-Work")
    failures = [record for record in records if record["body"] == "fail"]
    assert [record["attributes"]["ApproximateReceiveCount"] for record in failures] == ["1", "2"]
    dead = sqs.get_queue_url(QueueName="visage-local-Dead")["QueueUrl"]
    for _attempt in range(20):
        if found := sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=1).get("Messages"):
            break
    assert [message["Body"] for message in found] == ["fail"]


def test_changes_of_a_table_arrive_in_order_and_again_from_the_first_that_failed(stack: Stack, noted: Noted) -> None:
    dynamodb = aws_client("dynamodb", stack.endpoint)
    for key in ("first", "twice", "last"):
        item = {"pk": {"S": key}, "face": {"B": b"\x00\xff"}, "count": {"N": "1"}}
        dynamodb.put_item(TableName="visage-local-Table", Item=item)
    dynamodb.delete_item(TableName="visage-local-Table", Key={"pk": {"S": "first"}})
    records = noted("stream", lambda records: any(record["eventName"] == "REMOVE" for record in records))
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records] == ["first", "twice", "twice", "last", "first"]
    assert records[0]["dynamodb"]["NewImage"]["face"] == {"B": "AP8="}
    assert records[-1]["dynamodb"]["OldImage"]["count"] == {"N": "1"}
    assert isinstance(records[0]["dynamodb"]["ApproximateCreationDateTime"], float)
    assert ":table/visage-local-Table/stream/" in records[0]["eventSourceARN"]


def test_a_function_sees_only_the_changes_that_its_filter_lets_through(stack: Stack, noted: Noted) -> None:
    dynamodb = aws_client("dynamodb", stack.endpoint)
    for key in ("wanted1", "unwanted", "wanted2"):
        dynamodb.put_item(TableName="visage-local-Table", Item={"pk": {"S": key}})
    dynamodb.delete_item(TableName="visage-local-Table", Key={"pk": {"S": "wanted1"}})
    dynamodb.put_item(TableName="visage-local-Table", Item={"pk": {"S": "wanted3"}})
    records = noted("picky", lambda records: len(records) >= 3)
    assert [record["dynamodb"]["Keys"]["pk"]["S"] for record in records] == ["wanted1", "wanted2", "wanted3"]


def test_an_upload_below_the_prefix_makes_the_function_run(stack: Stack, noted: Noted) -> None:
    s3 = aws_client("s3", stack.endpoint)
    s3.put_object(Bucket="visage-local-bucket", Key="out/ignored", Body=b"x")
    s3.put_object(Bucket="visage-local-bucket", Key="in/a b.jpg", Body=b"xyz")
    (event,) = noted("bucket", lambda events: bool(events))
    (record,) = event["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["s3"]["bucket"]["name"] == "visage-local-bucket"
    assert (record["s3"]["object"]["key"], record["s3"]["object"]["size"]) == ("in/a+b.jpg", 3)


def test_a_failing_asynchronous_call_is_tried_three_times(stack: Stack, noted: Noted) -> None:
    aws_client("s3", stack.endpoint).put_object(Bucket="visage-local-bucket", Key="in/always", Body=b"x")

    def tries(events: list[Any]) -> int:
        return sum(event["Records"][0]["s3"]["object"]["key"] == "in/always" for event in events)

    noted("bucket", lambda events: tries(events) == 3)
    queue = f"{stack.endpoint}/123456789012/visage-local-bucket-BucketFunction"
    waiting = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    sqs = aws_client("sqs", stack.endpoint)
    for _attempt in range(50):
        counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=list(waiting))["Attributes"]
        if set(counts.values()) == {"0"}:
            break
    assert set(counts.values()) == {"0"}
    assert noted("bucket", lambda events: tries(events) >= 3)
    given_up = sqs.get_queue_url(QueueName="visage-local-GivenUp")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=given_up, WaitTimeSeconds=5)["Messages"]
    record = json.loads(message["Body"])
    assert record["requestPayload"]["Records"][0]["s3"]["object"]["key"] == "in/always"
    context = record["requestContext"]
    assert context["functionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:BucketFunction:$LATEST"
    assert (context["condition"], context["approximateInvokeCount"]) == ("RetriesExhausted", 3)
    assert record["responseContext"]["functionError"] == "Unhandled"
    assert record["responsePayload"]["errorType"] == "RuntimeError"


def test_events_of_one_key_come_in_the_order_of_their_sequencers(stack: Stack, noted: Noted) -> None:
    s3, bodies = aws_client("s3", stack.endpoint), (b"first", b"second", b"third")
    etags = [s3.put_object(Bucket="visage-local-bucket", Key="in/again", Body=body)["ETag"] for body in bodies]

    def stored(events: list[Any]) -> list[Any]:
        objects = [record["s3"]["object"] for event in events for record in event["Records"]]
        return sorted((each for each in objects if each["key"] == "in/again"), key=lambda each: each["sequencer"])

    events = noted("bucket", lambda events: len(stored(events)) == 3)
    assert [each["eTag"] for each in stored(events)] == [etag.strip('"') for etag in etags]


def test_a_schedule_that_fails_is_told_of_too(stack: Stack) -> None:
    sqs = aws_client("sqs", stack.endpoint)
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    trigger = ScheduleTrigger("Clock", seconds=3600, input='{"at": 1}', failures=Failures(retries=0, queue="told"))
    poller = SchedulePoller(trigger, lambda *_call: Answer(b'{"errorType":"Boom"}', failed=True), stack.endpoint)
    poller._next = 0
    poller.poll()
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    record = json.loads(message["Body"])
    assert (record["requestPayload"], record["responsePayload"]) == ({"at": 1}, {"errorType": "Boom"})


def test_several_batches_are_handled_at_the_same_time_and_no_more_than_allowed(stack: Stack) -> None:
    sqs = aws_client("sqs", stack.endpoint)
    queue = sqs.get_queue_url(QueueName="visage-local-Idle")["QueueUrl"]
    for number in range(6):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    together, running, most, handled = threading.Barrier(2, timeout=15), [], [], []

    def invoke(_function: str, payload: bytes) -> Answer:
        running.append(payload)
        most.append(len(running))
        together.wait()
        running.remove(payload)
        handled.append(json.loads(payload)["Records"][0]["body"])
        return Answer(b"null", failed=False)

    poller = QueuePoller(QueueTrigger("Twice", "visage-local-Idle", 1, True, at_once=2), invoke, stack.endpoint)
    poller.start()
    deadline = time.monotonic() + 15
    while len(handled) < 6 and time.monotonic() < deadline:
        time.sleep(0.05)
    poller.stop()
    poller.join()
    assert sorted(handled) == list("012345")
    assert max(most) == 2


@pytest.mark.parametrize(
    ("payload", "partial", "expected"),
    [
        (b"null", True, set()),
        (b'{"batchItemFailures":[]}', True, set()),
        (b'{"batchItemFailures":[{"itemIdentifier":"a"}]}', True, {"a"}),
        (b'{"batchItemFailures":[{"itemIdentifier":"a"}]}', False, set()),
        (b'{"batchItemFailures":[{"itemIdentifier":"z"}]}', True, {"a", "b"}),
        (b'{"batchItemFailures":[{}]}', True, {"a", "b"}),
        (b'"text"', True, {"a", "b"}),
    ],
)
def test_a_partial_answer_says_which_items_failed(payload: bytes, partial: bool, expected: set[str]) -> None:
    assert failed_items(Answer(payload, failed=False), {"a", "b"}, partial) == expected


def test_all_items_fail_with_the_function() -> None:
    assert failed_items(Answer(b'{"errorType":"Error"}', failed=True), {"a", "b"}, True) == {"a", "b"}


@pytest.mark.parametrize(("given", "expected"), [(None, "aws.events"), ('{"source": "me"}', "me")])
def test_a_schedule_makes_the_function_run_again_and_again(given: str | None, expected: str) -> None:
    events: list[Any] = []

    def invoke(function: str, payload: bytes) -> Answer:
        events.append((function, json.loads(payload)["source"]))
        return Answer(b"null", failed=False)

    trigger = ScheduleTrigger("Clock", seconds=0.01, input=given, failures=Failures(retries=0))
    poller = SchedulePoller(trigger, invoke, "http://unused")
    poller.start()
    deadline = time.monotonic() + 5
    while len(events) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    poller.stop()
    poller.join()
    assert events[:3] == [("Clock", expected)] * 3
