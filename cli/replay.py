"""`visage replay`: what was given up is tried again, from the dead-letter queues."""

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cli.target import Target, TargetError, failed_call

_BATCH = 10
"""Messages that SQS hands out at once."""


@dataclass(frozen=True, slots=True)
class Letters:
    """A queue of what was given up, and how it is tried again."""

    queue: str
    """Its logical id in template.yaml."""
    again: Callable[[Target, str], None]
    """Given the body of a message."""


def _to_queue(logical_id: str) -> Callable[[Target, str], None]:
    """Back into the queue that it came from."""

    def send(target: Target, body: str) -> None:
        target.client("sqs").send_message(QueueUrl=target.queue(logical_id), MessageBody=body)

    return send


def _to_function(logical_id: str) -> Callable[[Target, str], None]:
    """Lambda's record of an asynchronous invocation that failed holds the event: the function gets it again."""

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
        help="try again what was given up: dropped objects, scans, callbacks",
        description="Takes what lies in the dead-letter queues and has it run again. What fails again comes back.",
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"some of: {', '.join(LETTERS)} (default: all)")
    parser.add_argument("--dry-run", action="store_true", help="count what lies there, and leave it")
    parser.set_defaults(command=_run)


def _run(options: argparse.Namespace) -> int:
    if unknown := sorted(set(options.kinds) - LETTERS.keys()):
        raise TargetError(f"there is no {', '.join(unknown)} to replay; there are {', '.join(LETTERS)}")
    target = Target.of(options)
    try:
        for kind in options.kinds or LETTERS:
            lying = _lying(target, LETTERS[kind])
            if options.dry_run:
                print(f"{kind}: {lying:,} given up")
            else:
                print(f"{kind}: {_replay(target, LETTERS[kind], lying):,} of {lying:,} run again")
    except (BotoCoreError, ClientError) as error:
        raise failed_call(error) from None
    return 0


def _lying(target: Target, letters: Letters) -> int:
    """How many messages lie there, as far as SQS knows: it counts roughly."""
    name = "ApproximateNumberOfMessages"
    place: Mapping[str, Any] = {"QueueUrl": target.queue(letters.queue), "AttributeNames": [name]}
    return int(target.client("sqs").get_queue_attributes(**place)["Attributes"][name])


def _replay(target: Target, letters: Letters, most: int) -> int:
    """Run again at most so many, for what fails again comes back; how many they were.

    A message is removed once it has been sent on. Who is cut off in between leaves it to be sent on twice, which does
    no harm.
    """
    sqs, url, done = target.client("sqs"), target.queue(letters.queue), 0
    while done < most:
        answer = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=min(_BATCH, most - done), WaitTimeSeconds=1)
        for message in answer.get("Messages", ()):
            letters.again(target, message["Body"])
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            done += 1
        if not answer.get("Messages"):
            break
    return done
