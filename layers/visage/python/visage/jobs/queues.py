"""The two queues: messages name a task, and hold nothing else."""

import json
from collections.abc import Sequence

from visage import aws
from visage.errors import VisageError
from visage.table import patience

_AT_ONCE = 10
"""Messages that SQS takes in one call."""


def send(queue: str, library: str, task_ids: Sequence[str]) -> set[str]:
    """Puts a message for each task into the queue (its URL); returns the tasks for which SQS would not take it."""
    refused: set[str] = set()
    for start in range(0, len(task_ids), _AT_ONCE):
        refused |= _send(queue, library, task_ids[start : start + _AT_ONCE])
    return refused


def _send(queue: str, library: str, task_ids: Sequence[str]) -> set[str]:
    left, wait = list(task_ids), patience()
    while True:
        entries = [
            {"Id": str(index), "MessageBody": json.dumps({"library": library, "taskId": task_id})}
            for index, task_id in enumerate(left)
        ]
        answer = aws.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)
        left = [left[int(failure["Id"])] for failure in answer.get("Failed", [])]
        if not left:
            return set()
        try:
            wait()
        except VisageError:
            return set(left)


def postpone(queue: str, receipt: str, seconds: int) -> None:
    """Lets a message that was received come again in so many seconds: 12 hours at most after it was received."""
    aws.client("sqs").change_message_visibility(QueueUrl=queue, ReceiptHandle=receipt, VisibilityTimeout=seconds)
