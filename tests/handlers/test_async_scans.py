"""Asynchronous scans in process, from submission to results."""

import json
from dataclasses import replace
from importlib import import_module

import pytest

from tests.handlers.photos import AGAIN, BIDEN, NOBODY, OBAMA, add
from tests.support import jobs
from tests.support.events import green_event
from tests.support.jobs import messages, stowed, task_rows, told_by_rows
from tests.unit.api.test_messages import record
from visage.access.clients import clients
from visage.api.scans import async_scan, run_scan, scenes
from visage.jobs import callbacks, scans
from visage.jobs.types import DEADLINE_SECONDS, MAX_RECEIVES, Message
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("queues")


@pytest.fixture
def results(client):
    """Request the results of tasks; their entries, or Green's code and message if the call was refused."""

    def results(*task_ids, _client=client):
        event = green_event(_client, "/green/image/results", list(task_ids))
        answer = json.loads(import_module("get_scan_results.app").handler(event, None)["body"])
        return answer["data"] if answer["code"] == 200 else (answer["code"], answer["msg"])

    return results


@pytest.fixture
def run(queues):
    """Run the function on the queued messages; return ids of the messages to be delivered again."""

    def run(function="run_scan", queue="scan"):
        waiting = messages(queues[queue])
        records = [record(message.task_id, message) for message in waiting]
        answer = import_module(f"{function}.app").handler({"Records": records}, None)
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    return run


def submit(call, *tasks, scenes=("sface-1",), **body):
    return call("scan_image_async", scenes=list(scenes), tasks=list(tasks), **body)


PAIR = {"dataId": "pair", "url": OBAMA, "extras": {"faceUrl": AGAIN}}


# --- as the client sees it --------------------------------------------------------------------------------------------


def test_a_task_is_accepted_polled_run_and_polled_again(call, run, results):
    (taken,) = submit(call, PAIR)
    assert (taken["code"], taken["msg"], taken["dataId"], taken["url"]) == (200, "OK", "pair", "base64://")
    (waiting,) = results(taken["taskId"])
    assert (waiting["code"], waiting["msg"], waiting["dataId"]) == (280, "PROCESSING", "pair")
    assert run() == []
    (done,) = results(taken["taskId"])
    assert (done["code"], done["taskId"], done["results"][0]["label"]) == (200, taken["taskId"], "same")
    assert results(taken["taskId"]) == [done]


def test_synchronous_and_asynchronous_results_are_equal(call, run, results, library):
    add(call, "obama", OBAMA)
    tasks = [
        PAIR,
        {"dataId": "two", "url": OBAMA, "extras": {"faceUrl": BIDEN, "groupId": "office"}},
        {"url": NOBODY, "extras": {"faceUrl": AGAIN, "groupId": "office"}},
        {"url": "base64://bm8gaW1hZ2U=", "extras": {"faceUrl": AGAIN, "groupId": "nowhere"}},
        {"url": "ftp://photos.test/a.jpg", "extras": {"faceUrl": AGAIN, "groupId": "office"}},
    ]
    for wanted in (["sface-1"], ["sface-n"], ["sface-1", "sface-n"]):
        sync = call("scan_image", scenes=wanted, tasks=tasks, groupId="office")
        taken = submit(call, *tasks, scenes=wanted, groupId="office")
        run()
        later = results(*(entry["taskId"] for entry in taken))
        assert [{**entry, "taskId": ""} for entry in sync] == [{**entry, "taskId": ""} for entry in later]
        assert [entry["taskId"] for entry in later] == [entry["taskId"] for entry in taken]


NEVER_ALLOWED = [
    *("http://127.0.0.1/", "http://[::1]:8080/", "http://169.254.169.254/latest", "https://10.0.0.7/", "http://0.0.0.0/"),
    *("http://localhost/", "http://told.localhost:8080/", "http://LOCALHOST./", "http://receiver.test:25/"),
    *("http://8.8.8.8:22/", "http://[::ffff:10.0.0.1]/", "http://100.64.0.1/", "http://[fe80::1]/", "http://224.0.0.1/"),
]  # fmt: skip


def test_a_callback_may_go_where_the_deployment_allows_it(call, monkeypatch):
    monkeypatch.setenv("VISAGE_PRIVATE_ADDRESSES", "127.0.0.1:25,10.0.0.0/8")
    settings.cache_clear()
    for address in ("http://127.0.0.1:25/", "http://localhost:25/", "http://10.0.0.7/", "http://receiver.test:25/"):
        assert submit(call, PAIR, callback=address, seed="a")[0]["code"] == 200
    for address in ("http://127.0.0.1:26/", "http://localhost:26/", "http://[::1]:25/", "http://8.8.8.8:25/"):
        assert call("scan_image_async", scenes=["sface-1"], tasks=[PAIR], callback=address, seed="a")[0] == 400


def test_an_invalid_task_fails_at_once_and_alone(call, run, results):
    long = {"dataId": "long", "url": OBAMA, "extras": {"faceUrl": AGAIN, "note": "x" * 40_000}}
    good, *bad = submit(call, PAIR, {"dataId": "no url"}, {"url": OBAMA, "dataId": "ä" * 129}, long)
    assert [(entry["code"], "taskId" in entry) for entry in bad] == [(400, False)] * 3
    run()
    assert [entry["code"] for entry in results(good["taskId"])] == [200]


@pytest.mark.parametrize(
    "body",
    [
        {"scenes": ["porn"]},
        {"tasks": []},
        {"tasks": [{"url": "http://photos.test/a.jpg"}] * 101},
        {"callback": "http://receiver.test"},
        {"callback": "http://receiver.test", "seed": ""},
        {"callback": "http://receiver.test", "seed": "a-b"},
        {"callback": "http://receiver.test", "seed": "a" * 65},
        {"callback": "ftp://receiver.test", "seed": "a"},
        {"callback": "http://receiver.test/" + "a" * 2048, "seed": "a"},
        {"callback": 7, "seed": "a"},
        *({"callback": address, "seed": "a"} for address in NEVER_ALLOWED),
        {"callback": "http://receiver.test", "seed": "a", "cryptType": "SM3"},
        {"tasks": [PAIR, PAIR], "faceUrl": "base64://" + "A" * 50_000},
    ],
)
def test_invalid_scans_are_refused(call, body):
    assert call("scan_image_async", **{"scenes": ["sface-1"], "tasks": [PAIR], **body})[0] == 400
    assert task_rows() == []


@pytest.mark.parametrize("asked", [[], ["a"] * 101, [1], [None], [["a"]]])
def test_requests_for_results_without_task_ids_are_refused(results, asked):
    assert results(*asked)[0] == 400


def test_missing_tasks_and_other_clients_tasks_are_unknown(call, results):
    (taken,) = submit(call, PAIR)
    stranger = clients().create("stranger")
    for entries in (results("imgnobody"), results(taken["taskId"], _client=stranger)):
        assert [(entry["code"], entry["msg"]) for entry in entries] == [(404, "The task does not exist.")]


def test_expired_results_and_late_tasks_are_distinguished(call, library, results, monkeypatch):
    (done,), (late,) = submit(call, PAIR), submit(call, {**PAIR, "dataId": "late"})
    run_scan.run(Message(library.name, done["taskId"], 1), scenes.SCENES)
    now = scans.time.time
    monkeypatch.setattr(scans.time, "time", lambda: now() + DEADLINE_SECONDS + 10)
    entries = results(done["taskId"], late["taskId"])
    assert [(entry["code"], entry.get("dataId")) for entry in entries] == [(594, None), (581, "late")]


def test_the_scenes_are_those_of_the_synchronous_call():
    assert set(async_scan.SCENES) == set(scenes.SCENES)


# --- what may go wrong inside -----------------------------------------------------------------------------------------


def test_a_duplicate_message_changes_nothing(call, run, results, queues):
    (taken,) = submit(call, PAIR, callback="http://receiver.test", seed="a")
    (message,) = messages(queues["scan"])
    for _ in range(2):
        run_scan.run(message, scenes.SCENES)
    assert len(messages(queues["callback"])) == 1
    assert [entry["code"] for entry in results(taken["taskId"])] == [200]


def test_a_task_that_kills_its_runner_is_given_up_and_its_message_becomes_a_dead_letter(call, results, queues):
    (taken,) = submit(call, PAIR, callback="http://receiver.test", seed="a")
    (message,) = messages(queues["scan"])
    scans.begin(message.library, message.task_id)
    assert results(taken["taskId"])[0]["code"] == 280
    handler = import_module("run_scan.app").handler
    answer = handler({"Records": [record("dead", replace(message, received=MAX_RECEIVES))]}, None)
    assert answer["batchItemFailures"] == [{"itemIdentifier": "dead"}]
    (entry,) = results(taken["taskId"])
    assert (entry["code"], entry["dataId"], entry["taskId"]) == (500, "pair", taken["taskId"])
    assert len(messages(queues["callback"])) == 1
    assert stowed() == []


def test_a_task_that_never_began_is_run_despite_earlier_deliveries(call, results, queues):
    (taken,) = submit(call, PAIR)
    (message,) = messages(queues["scan"])
    run_scan.run(replace(message, received=MAX_RECEIVES), scenes.SCENES)
    assert results(taken["taskId"])[0]["code"] == 200


def test_a_failed_task_is_retried(call, run, results, monkeypatch, queues):
    (taken,) = submit(call, PAIR)
    (message,) = messages(queues["scan"])
    read = scans.body
    monkeypatch.setattr(scans, "body", lambda _task: 1 / 0)
    handler = import_module("run_scan.app").handler
    assert handler({"Records": [record("0", message)]}, None)["batchItemFailures"]
    assert results(taken["taskId"])[0]["code"] == 280
    monkeypatch.setattr(scans, "body", read)
    assert not handler({"Records": [record("0", message)]}, None)["batchItemFailures"]
    assert results(taken["taskId"])[0]["code"] == 200


def test_a_person_deleted_during_a_search_is_in_no_result(call, results, library, queues, monkeypatch):
    assert add(call, "obama", OBAMA)[0]["success"]
    key = f"{library.name}/results/a.json"
    body = {"scenes": ["sface-n"], "tasks": [{"url": AGAIN, "extras": {"groupId": "office"}}]}
    (taken,) = async_scan.take(library.name, body, result_key=key)
    finish = scans.finish

    def late(task, entry, persons):
        assert set(persons) == {"obama"}
        library.delete_person("obama")
        assert scans.forget(library.name, "obama") == 0, "too early to find it"
        return finish(task, entry, persons)

    monkeypatch.setattr(scans, "finish", late)
    run_scan.run(messages(queues["scan"])[0], scenes.SCENES)
    assert [entry["code"] for entry in results(taken["taskId"])] == [594]
    assert "obama" not in told_by_rows()
    assert key not in stowed()


# --- callbacks --------------------------------------------------------------------------------------------------------


def test_a_callback_has_the_same_content_as_the_results(call, client, run, results, queues, monkeypatch):
    pushed = []
    monkeypatch.setattr(callbacks, "push", lambda *arguments: pushed.append(arguments) or 200)
    (taken,) = submit(call, PAIR, callback="http://receiver.test/a?b=c", seed="s_1")
    run()
    assert run("deliver_callback", "callback") == []
    ((address, fields, _seconds),) = pushed
    assert address == "http://receiver.test/a?b=c"
    assert json.loads(fields["content"]) == results(taken["taskId"])[0]
    assert fields["checksum"] == callbacks.checksum(client.id, "s_1", fields["content"])


def test_an_unacknowledged_callback_is_retried(call, run, queues, monkeypatch):
    monkeypatch.setattr(callbacks, "push", lambda *_arguments: 500)
    postponed = []
    monkeypatch.setattr("visage.jobs.queues.postpone", lambda *arguments: postponed.append(arguments))
    (taken,) = submit(call, PAIR, callback="http://receiver.test", seed="a")
    run()
    assert run("deliver_callback", "callback") == [taken["taskId"]]
    assert postponed == [(queues["callback"], f"receipt-{taken['taskId']}", callbacks.pause(1))]


def test_a_task_without_a_callback_sends_none(call, run, queues):
    submit(call, PAIR)
    run()
    assert messages(queues["callback"]) == []
    assert jobs.task_rows()[0].keys().isdisjoint({"callback", "seed", "uid"})
