"""The task and callback queues; a message contains only the id of a task."""

import json
from collections.abc import Sequence

from visage import aws
from visage.errors import VisageError
from visage.table import backoff

_BATCH = 10
"""Messages per SQS request."""


def send(queue: str, library: str, task_ids: Sequence[str]) -> set[str]:
    """Send a message for each task to the queue (its URL); return the tasks whose messages SQS refused."""
    refused: set[str] = set()
    for start in range(0, len(task_ids), _BATCH):
        refused |= _send(queue, library, task_ids[start : start + _BATCH])
    return refused


def _send(queue: str, library: str, task_ids: Sequence[str]) -> set[str]:
    unsent, wait = list(task_ids), backoff()
    while True:
        entries = [
            {"Id": str(index), "MessageBody": json.dumps({"library": library, "taskId": task_id})}
            for index, task_id in enumerate(unsent)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
        unsent = [unsent[int(failure["Id"])] for failure in answer.get("Failed", [])]
        if not unsent:
            return set()
        try:
            wait()
        except VisageError:
            return set(unsent)


def postpone(queue: str, receipt: str, seconds: int) -> None:
    """Make a received message visible again after so many seconds, at most 12 hours after it was received."""
    aws.client("sqs").change_message_visibility(QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=seconds)
