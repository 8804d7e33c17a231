"""How asynchronous scans are taken: their rows and messages, in a few calls, and what is refused."""

import json

import pytest

from tests.support import jobs
from tests.support.interleaving import watched
from tests.support.jobs import LIBRARY, job, messages, stowed, submit, task_rows, told_by_row
from visage import table
from visage.errors import Reason, VisageError
from visage.jobs import scans

pytestmark = pytest.mark.usefixtures("queues")


def test_a_hundred_tasks_are_taken_in_a_few_calls(queues):
    made = []

    def count(operation, _parameters, call):
        made.append(operation)
        return call()

    with watched(count):
        taken = scans.submit(LIBRARY, [job(str(number)) for number in range(100)])
    assert made == ["BatchWriteItem"] * 4 + ["SendMessageBatch"] * 10
    assert sorted(message.task_id for message in messages(queues["scan"])) == sorted(taken)
    assert {json.loads(each["entry"]["S"])["dataId"] for each in task_rows()} == {str(n) for n in range(100)}


def test_images_that_are_sent_along_lie_in_the_upload_bucket_until_the_task_is_done():
    image = "base64://" + "A" * 1000
    (task_id,) = scans.submit(LIBRARY, [job(faceUrl=image)])
    assert stowed() == [f"{LIBRARY}/inline/{task_id}.json"]
    assert "AAAA" not in told_by_row(task_id)
    task = scans.begin(LIBRARY, task_id)
    assert scans.body(task)["faceUrl"] == image
    scans.follow_up(scans.finish(task, jobs.RESULT, ()))
    assert stowed() == []


def test_a_long_body_does_not_lie_in_the_row():
    (task_id,) = scans.submit(LIBRARY, [job(note="x" * 500_000)])
    assert len(told_by_row(task_id)) < 1000
    assert len(scans.body(scans.begin(LIBRARY, task_id))["note"]) == 500_000


def test_what_dynamodb_and_sqs_do_not_take_at_once_they_are_asked_to_take_again(queues, monkeypatch):
    monkeypatch.setattr(table.time, "sleep", lambda _seconds: None)
    refused = []

    def reluctant(operation, parameters, call):
        if operation == "BatchWriteItem" and "rows" not in refused:
            refused.append("rows")
            ((table, requests),) = parameters["RequestItems"].items()
            parameters["RequestItems"][table] = requests[:1]
            return call() | {"UnprocessedItems": {table: requests[1:]}}
        if operation == "SendMessageBatch" and "messages" not in refused:
            refused.append("messages")
            left = parameters["Entries"].pop()
            return call() | {"Failed": [{"Id": left["Id"], "Code": "InternalError", "SenderFault": False}]}
        return call()

    with watched(reluctant):
        taken = scans.submit(LIBRARY, [job(str(number)) for number in range(12)])
    assert refused == ["rows", "messages"]
    assert len(task_rows()) == 12
    assert sorted(message.task_id for message in messages(queues["scan"])) == sorted(taken)


def test_a_task_that_sqs_does_not_take_at_all_is_told_so_alone(monkeypatch):
    monkeypatch.setattr(table.time, "sleep", lambda _seconds: None)

    def refuse_the_second(operation, parameters, call):
        if operation != "SendMessageBatch":
            return call()
        wanted, parameters["Entries"] = parameters["Entries"], [
            entry for entry in parameters["Entries"] if json.loads(entry["MessageBody"])["taskId"] != doomed()
        ]
        answer = call() if parameters["Entries"] else {}
        kept = {entry["Id"] for entry in parameters["Entries"]}
        return answer | {"Failed": [{"Id": entry["Id"], "Code": "?"} for entry in wanted if entry["Id"] not in kept]}

    def doomed():
        return next(each["sk"]["S"] for each in task_rows() if json.loads(each["entry"]["S"])["dataId"] == "1")

    with watched(refuse_the_second):
        taken = scans.submit(LIBRARY, [job(str(number)) for number in range(3)])
    assert [type(each) for each in taken] == [str, VisageError, str]
    assert taken[1].reason is Reason.BUSY


def test_what_dynamodb_never_takes_is_refused(monkeypatch):
    monkeypatch.setattr(table.time, "sleep", lambda _seconds: None)

    def refuse(operation, parameters, call):
        return {"UnprocessedItems": parameters["RequestItems"]} if operation == "BatchWriteItem" else call()

    with watched(refuse), pytest.raises(VisageError) as refused:
        submit()
    assert refused.value.reason is Reason.CONTENDED
