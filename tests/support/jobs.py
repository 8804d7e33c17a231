"""Helpers for tests of asynchronous scans: jobs, the queues' messages, and the current rows."""

import json
from typing import Any

from tests.support.library import save_table
from visage import aws
from visage.jobs import rows, scans
from visage.jobs.types import Callback, Handled, Job, Message
from visage.settings import settings

LIBRARY = "acme"
CALLBACK = Callback("http://receiver.test/told?key=1", "seed_1", "LTAIclient")
NOTHING = Handled("nothing to do")
RESULT = {"code": 200, "msg": "OK", "taskId": "", "dataId": "a", "results": [{"scene": "sface-n"}]}


def job(data_id: str = "a", **body: Any) -> Job:
    task = {"dataId": data_id, "url": "http://photos.test/a.jpg"}
    return Job(task, {"scenes": ["sface-1"], "tasks": [task], **body})


def submit(**options: Any) -> str:
    """Submit one job; return its task's id."""
    (task_id,) = scans.submit(LIBRARY, [job()], **options)
    assert isinstance(task_id, str)
    return task_id


def finish(task_id: str, persons: tuple[str, ...] = (), **result: Any) -> Any:
    """Begin a task and make it done, without the follow-up."""
    task = scans.begin(LIBRARY, task_id)
    assert task is not None
    return scans.finish(task, {**RESULT, "taskId": task_id, **result}, set(persons))


def state(task_id: str, library: str = LIBRARY) -> str:
    """The state that a client is told."""
    (outcome,) = scans.results(library, [task_id])
    assert outcome.task_id == task_id
    return outcome.state.name


def messages(queue: str) -> list[Message]:
    """Receive the messages of a queue."""
    found = []
    while answer := aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        for message in answer:
            body = json.loads(message["Body"])
            found.append(Message(body["library"], body["taskId"], 1))
            aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def row(task_id: str) -> dict[str, Any] | None:
    key = rows.key(LIBRARY, task_id)
    return aws.client("dynamodb").get_item(TableName=settings().table, Key=key, ConsistentRead=True).get("Item")


def told_by_row(task_id: str) -> str:
    """A task's row as text, without its random id, which may happen to spell any short name."""
    return _text(row(task_id) or {})


def told_by_rows() -> str:
    """The same of all tasks."""
    return "\n".join(map(_text, task_rows()))


def _text(row: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in row.items() if name not in rows.key("", "")}, default=str)


def stowed() -> list[str]:
    """Keys of everything in the upload bucket."""
    answer = aws.client("s3").list_objects_v2(Bucket=settings().upload_bucket)
    return [item["Key"] for item in answer.get("Contents", [])]


def task_rows() -> list[dict[str, Any]]:
    return [each for each in save_table() if each["pk"]["S"].startswith("JOBS#")]
