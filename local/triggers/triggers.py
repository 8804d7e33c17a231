"""Lambda's event source mappings: polls queues, streams and schedules, and invokes functions with what arrives."""

import base64
import json
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from local.cloud.client import aws_client
from local.functions.complaints import complain, why
from local.functions.pool import DEFAULT_LIMIT, PayloadTooLargeError, StoppedError, ThrottledError
from local.functions.runtime import Answer
from local.template.event_sources import BucketTrigger, QueueTrigger, ScheduleTrigger, StreamTrigger, Trigger
from local.template.intrinsics import ACCOUNT, REGION
from local.template.patterns import matches
from local.triggers import dead_letters

Invoke = Callable[[str, bytes], Answer]

_IDLE_SECONDS = 0.25
_RETRY_SECONDS = 1
"""Lambda waits longer, up to minutes."""
_VALUES = {"StringValue": "stringValue", "BinaryValue": "binaryValue"}


class Poller(ABC):
    """Polls for one trigger: its own thread calls `poll` repeatedly."""

    def __init__(self, function: str, invoke: Invoke) -> None:
        self._function = function
        self._invoke = invoke
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end, which it does after the current invocation."""
        self._stopping.set()

    def join(self) -> None:
        self._thread.join()

    @abstractmethod
    def poll(self) -> float:
        """Deliver what has arrived; return the seconds until the next poll."""

    def call(self, event: Any) -> Answer:
        """Invoke the function and return its response; a failed one too where it could not be invoked."""
        payload = json.dumps(event, default=_to_json).encode()
        try:
            answer = self._invoke(self._function, payload)
            if answer.failed:
                complain(self._function, why(answer))
            return answer
        except (PayloadTooLargeError, ThrottledError) as error:
            complain(self._function, f"not invoked: {type(error).__name__}")
            return Answer(json.dumps({"errorType": type(error).__name__}).encode(), failed=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self.poll()
            except StoppedError:
                return
            except Exception as error:
                self.complain(error)
                pause = _RETRY_SECONDS
            self._stopping.wait(pause)

    def complain(self, error: Exception) -> None:
        """Report an error and go on: like AWS's own, a poller survives any response of a service."""
        if not self._stopping.is_set():
            complain(self._function, f"trigger failed: {error}")


class QueuePoller(Poller):
    """Polls a queue. Messages reported as failed come back after their visibility timeout; the others are deleted.

    Batches are handled concurrently, as many as the function may have environments.
    """

    def __init__(self, trigger: QueueTrigger, invoke: Invoke, endpoint: str) -> None:
        super().__init__(trigger.function, invoke)
        self._trigger = trigger
        self._sqs = aws_client("sqs", endpoint)
        self._url = self._sqs.get_queue_url(QueueName=trigger.queue)["QueueUrl"]
        at_once = min(trigger.at_once, DEFAULT_LIMIT)
        self._slots = threading.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=trigger.queue)

    def join(self) -> None:
        super().join()
        self._threads.shutdown()

    def poll(self) -> float:
        if not self._slots.acquire(timeout=_IDLE_SECONDS):
            return 0
        messages: list[dict[str, Any]] = []
        try:
            messages = _receive(self._sqs, self._url, self._trigger.batch)
        finally:
            if not messages:
                self._slots.release()
        if not messages:
            return _IDLE_SECONDS
        self._threads.submit(self._handle, messages)
        return 0

    def _handle(self, messages: list[dict[str, Any]]) -> None:
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self._trigger.queue}"
        try:
            answer = self.call({"Records": [_queue_record(message, arn) for message in messages]})
            failed = failed_items(answer, {message["MessageId"] for message in messages}, self._trigger.partial)
            for message in messages:
                if message["MessageId"] not in failed:
                    self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        except StoppedError:
            pass  # unhandled messages are still in the queue
        except Exception as error:
            self.complain(error)
        finally:
            self._slots.release()


class BucketPoller(Poller):
    """Polls a queue of a bucket's notifications, in which none is lost when the stack stops."""

    def __init__(self, trigger: BucketTrigger, invoke: Invoke, endpoint: str) -> None:
        super().__init__(trigger.function, invoke)
        self._failures = trigger.failures
        self._endpoint = endpoint
        self._sqs = aws_client("sqs", endpoint)
        self._url = self._sqs.get_queue_url(QueueName=trigger.queue)["QueueUrl"]

    def poll(self) -> float:
        messages = _receive(self._sqs, self._url, 1)
        if not messages:
            return _IDLE_SECONDS
        (message,) = messages
        event = json.loads(message["Body"])
        attempt = int(message["Attributes"]["ApproximateReceiveCount"])
        is_test = "Records" not in event  # S3 sends one when a notification is configured
        answer = None if is_test else self.call(event)
        if answer is not None and answer.failed:
            if attempt <= self._failures.retries:
                self._sqs.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=_RETRY_SECONDS
                )
                return 0
            if self._failures.queue:
                dead_letters.send(self._endpoint, self._failures.queue, self._function, event, attempt, answer)
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return 0


class StreamPoller(Poller):
    """Polls a stream in order: a failed batch is retried from its first failed record before any later one."""

    def __init__(self, trigger: StreamTrigger, invoke: Invoke, endpoint: str) -> None:
        super().__init__(trigger.function, invoke)
        self._trigger = trigger
        self._streams = aws_client("dynamodbstreams", endpoint)
        (stream,) = self._streams.list_streams(TableName=trigger.table)["Streams"]
        self._arn = stream["StreamArn"]
        (shard,) = self._streams.describe_stream(StreamArn=self._arn)["StreamDescription"]["Shards"]
        self._iterator = self._streams.get_shard_iterator(
            StreamArn=self._arn,
            ShardId=shard["ShardId"],
            ShardIteratorType="LATEST" if trigger.latest else "TRIM_HORIZON",
        )["ShardIterator"]
        self._pending: list[dict[str, Any]] = []
        self._failures = 0

    def poll(self) -> float:
        if not self._pending:
            answer = self._streams.get_records(ShardIterator=self._iterator, Limit=self._trigger.batch)
            self._iterator = answer["NextShardIterator"]
            records = [{**record, "eventSourceARN": self._arn} for record in answer["Records"]]
            self._pending = [record for record in records if self._matches_filter(record)]
            if not self._pending:
                return 0 if records else _IDLE_SECONDS
        numbers = [record["dynamodb"]["SequenceNumber"] for record in self._pending]
        failed = failed_items(self.call({"Records": self._pending}), set(numbers), self._trigger.partial)
        first = next((index for index, number in enumerate(numbers) if number in failed), len(numbers))
        self._failures = 0 if first else self._failures + 1
        self._pending = self._pending[first:]
        if not failed:
            return 0
        if 0 <= self._trigger.retries < self._failures:
            complain(self._function, f"gave up {len(self._pending)} stream records")
            self._pending, self._failures = [], 0
            return 0
        return _RETRY_SECONDS

    def _matches_filter(self, record: Mapping[str, Any]) -> bool:
        patterns = self._trigger.patterns
        return not patterns or any(matches(record, pattern) for pattern in patterns)


class SchedulePoller(Poller):
    def __init__(self, trigger: ScheduleTrigger, invoke: Invoke, endpoint: str) -> None:
        super().__init__(trigger.function, invoke)
        self._trigger = trigger
        self._endpoint = endpoint
        self._next = time.monotonic() + trigger.seconds

    def poll(self) -> float:
        if (left := self._next - time.monotonic()) > 0:
            return left
        self._next += self._trigger.seconds
        event = json.loads(self._trigger.input) if self._trigger.input else {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "region": REGION,
            "resources": [],
            "detail": {},
        }
        attempts = self._trigger.failures.retries + 1
        for _attempt in range(attempts):
            answer = self.call(event)
            if not answer.failed or self._stopping.wait(_RETRY_SECONDS):
                return 0
        if self._trigger.failures.queue:
            queue = self._trigger.failures.queue
            dead_letters.send(self._endpoint, queue, self._function, event, attempts, answer)
        return 0


def poller(trigger: Trigger, invoke: Invoke, endpoint: str) -> Poller:
    match trigger:
        case QueueTrigger():
            return QueuePoller(trigger, invoke, endpoint)
        case BucketTrigger():
            return BucketPoller(trigger, invoke, endpoint)
        case StreamTrigger():
            return StreamPoller(trigger, invoke, endpoint)
        case ScheduleTrigger():
            return SchedulePoller(trigger, invoke, endpoint)


def failed_items(answer: Answer, items: set[str], partial: bool) -> set[str]:
    """The items that count as failed: all, if the function failed or reported an unknown one; otherwise those it
    reported."""
    if answer.failed:
        return items
    if not partial:
        return set()
    reported = json.loads(answer.payload) or {}
    try:
        named = {failure["itemIdentifier"] for failure in reported.get("batchItemFailures") or []}
    except (AttributeError, KeyError, TypeError):
        return items
    return named if named <= items else items


def _receive(sqs: Any, url: str, limit: int) -> list[dict[str, Any]]:
    received: list[dict[str, Any]] = []
    while len(received) < limit:
        answer = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(10, limit - len(received)),
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            WaitTimeSeconds=0,
        )
        if not (messages := answer.get("Messages")):
            break
        received += messages
    return received


def _queue_record(message: Mapping[str, Any], arn: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {
            name: {
                "dataType": attribute["DataType"],
                "stringListValues": [],
                "binaryListValues": [],
                **{_VALUES[key]: value for key, value in attribute.items() if key in _VALUES},
            }
            for name, attribute in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": arn,
        "awsRegion": REGION,
    }


def _to_json(value: Any) -> Any:
    """Encode bytes and times from boto3 as Lambda events do."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value))
