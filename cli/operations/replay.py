"""`visage replay`: retries the messages in the dead-letter queues."""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.deployment.target import Target, TargetError, failed_call

_BATCH = 10
"""Messages per SQS request."""


@dataclass(frozen=True, slots=True)
class Letters:
    """A dead-letter queue, and how its messages are retried."""

    queue: str
    """Its logical id in template.yaml."""
    retry: Callable[[Target, str], None]
    """Retries a message, given its body."""


def _to_queue(logical_id: str) -> Callable[[Target, str], None]:
    """Return a message to the queue that it came from."""

    def send(target: Target, body: str) -> None:
        target.client("sqs").send_message(QueueUrl=target.queue(logical_id), MessageBody=body)

    return send


def _to_function(logical_id: str) -> Callable[[Target, str], None]:
    """Invoke the function again with the event in Lambda's record of a failed asynchronous invocation."""

    def invoke(target: Target, body: str) -> None:
        event = json.dumps(json.loads(body)["requestPayload"])
        if target.local is None:
            name = target.resource(logical_id)
            target.client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=event)
        else:
            sqs = target.client("sqs")
            url = sqs.get_queue_url(QueueName=target.local["events"][logical_id])["QueueUrl"]
            sqs.send_message(QueueUrl=url, MessageBody=event)

    return invoke


LETTERS: Mapping[str, Letters] = {
    "uploads": Letters("UploadDeadLetters", _to_function("OnUploadFunction")),
    "scans": Letters("ScanDeadLetters", _to_queue("ScanQueue")),
    "callbacks": Letters("CallbackDeadLetters", _to_queue("CallbackQueue")),
}


def add_command(commands: argparse._SubParsersAction, shared: argparse.ArgumentParser) -> None:
    parser = commands.add_parser(
        "replay",
        parents=[shared],
        help="retry failed work: dropped objects, scans, callbacks",
        description="Retries the messages in the dead-letter queues. What fails again returns there.",
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"some of: {', '.join(LETTERS)} (default: all)")
    parser.add_argument("--dry-run", action="store_true", help="only count the messages")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    if unknown := sorted(set(options.kinds) - LETTERS.keys()):
        raise TargetError(f"cannot replay {', '.join(unknown)}; choose from {', '.join(LETTERS)}")
    target = Target.of(options)
    try:
        for kind in options.kinds or LETTERS:
            total = _count(target, LETTERS[kind])
            if options.dry_run:
                print(f"{kind}: {total:,} messages")
            else:
                print(f"{kind}: {_replay(target, LETTERS[kind], total):,} of {total:,} retried")
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None
    return 0


def _count(target: Target, letters: Letters) -> int:
    """The number of messages in the queue, which SQS counts approximately."""
    name = "ApproximateNumberOfMessages"
    place: Mapping[str, Any] = {"QueueUrl": target.queue(letters.queue), "AttributeNames": [name]}
    return int(target.client("sqs").get_queue_attributes(**place)["Attributes"][name])


def _replay(target: Target, letters: Letters, limit: int) -> int:
    """Retry at most this many messages, because failed ones come back; return how many were retried.

    A message is removed once it has been sent on. If this is interrupted in between, the message is sent twice, which
    is harmless.
    """
    sqs, url, done = target.client("sqs"), target.queue(letters.queue), 0
    while done < limit:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=min(_BATCH, limit - done), WaitTimeSeconds=1)
        for message in answer.get("Messages", ()):
            letters.retry(target, message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            done += 1
        if not answer.get("Messages"):
            break
    return done
