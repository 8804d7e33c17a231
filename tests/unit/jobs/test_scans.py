"""The life of an asynchronous scan: its row, its message, its result, and its end."""

import json
import time

import pytest

from tests.support import jobs
from tests.support.interleaving import watched
from tests.support.jobs import CALLBACK, LIBRARY, finish, job, messages, row, state, stowed, submit, told_by_row
from visage import aws
from visage.jobs import rows, scans, types
from visage.jobs.types import DEADLINE_SECONDS, RETENTION_SECONDS, Message, Stage, has_expired, is_task_id, new_task_id
from visage.media import drops

pytestmark = pytest.mark.usefixtures("queues")


@pytest.fixture
def later(monkeypatch):
    """Advance the tasks' clock, which stands still otherwise."""
    passed = [0.0]
    now = time.time()
    for module in (scans, types):
        monkeypatch.setattr(module.time, "time", lambda: now + passed[0])

    def pass_by(seconds):
        passed[0] += seconds

    return pass_by


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_name_tells_when_it_was_given(later):
    name = new_task_id()
    assert is_task_id(name) and not has_expired(name)
    later(RETENTION_SECONDS + 2)
    assert has_expired(name)
    later(31 * 86400)
    assert not has_expired(name)


def test_no_two_names_are_the_same():
    assert len({new_task_id() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("name", ["", "img", "img3XiFsHdSEdeT9BSqiGPXyW-1pbFc2", f"img{'ä' * 24}", "x" * 5000])
def test_other_names_are_unknown(name):
    assert not is_task_id(name)
    assert state(name) == "UNKNOWN"


# --- the way of a task ------------------------------------------------------------------------------------------------


def test_a_task_waits_then_is_done_then_expires(queues, later):
    task_id = submit()
    assert messages(queues["scan"]) == [Message(LIBRARY, task_id, 1)]
    assert state(task_id) == "WAITING"
    assert scans.results(LIBRARY, [task_id])[0].entry == job().known
    assert finish(task_id) is None, "nothing follows from it"
    assert state(task_id) == "DONE"
    assert scans.results(LIBRARY, [task_id])[0].entry == {**jobs.RESULT, "taskId": task_id}
    later(RETENTION_SECONDS + 1)
    assert state(task_id) == "EXPIRED"


def test_a_result_that_dynamodb_has_removed_has_expired_too(later):
    task_id = submit()
    finish(task_id)
    aws.client("dynamodb").delete_item(TableName="visage", Key=rows.key(LIBRARY, task_id))
    assert state(task_id) == "UNKNOWN", "it may not have been there"
    later(RETENTION_SECONDS + 1)
    assert state(task_id) == "EXPIRED"


def test_a_task_of_another_library_is_unknown():
    assert state(submit(), "globex") == "UNKNOWN"


def test_a_task_runs_once_however_often_it_is_begun():
    task_id = submit()
    first, second = scans.begin(LIBRARY, task_id), scans.begin(LIBRARY, task_id)
    assert (first.runs, second.runs) == (1, 2)
    assert scans.finish(first, {"code": 200, "by": "first"}, ()) is None
    assert scans.finish(second, {"code": 500, "by": "second"}, {"ann"}) is None
    assert scans.results(LIBRARY, [task_id])[0].entry["by"] == "first"
    assert scans.begin(LIBRARY, task_id) is None


LATE = {"code": 581, "dataId": "a"}


def test_a_task_that_is_late_has_no_result_any_more(later):
    task_id = submit()
    begun = scans.begin(LIBRARY, task_id)
    later(DEADLINE_SECONDS + 1)
    assert state(task_id) == "LATE"
    assert scans.results(LIBRARY, [task_id])[0].entry == job().known
    assert scans.finish(begun, jobs.RESULT, ()) is None
    assert state(task_id) == "LATE"
    later(RETENTION_SECONDS)
    assert state(task_id) == "EXPIRED"
    assert scans.begin(LIBRARY, task_id) is None, "nobody can ask for it any more"
    assert scans.mark_late(begun, LATE) is None and state(task_id) == "EXPIRED"


def test_that_a_task_is_late_is_told_to_whoever_waits_for_it(queues, later):
    task_id = submit(callback=CALLBACK)
    begun = scans.begin(LIBRARY, task_id)
    assert not begun.late
    assert scans.mark_late(begun, LATE) is None and state(task_id) == "WAITING", "it is not late yet"
    later(DEADLINE_SECONDS + 1)
    late = scans.begin(LIBRARY, task_id)
    assert late.late
    scans.follow_up(scans.mark_late(late, LATE))
    assert messages(queues["callback"]) == [Message(LIBRARY, task_id, 1)]
    assert state(task_id) == "DONE"
    assert scans.results(LIBRARY, [task_id])[0].entry == LATE
    assert scans.begin(LIBRARY, task_id) is None, "all has been done"
    later(RETENTION_SECONDS - 2)
    assert state(task_id) == "DONE"
    later(2)
    assert state(task_id) == "EXPIRED"


def test_who_has_the_result_in_time_is_not_overtaken_by_who_finds_it_late(later):
    task_id = submit()
    begun = scans.begin(LIBRARY, task_id)
    scans.finish(begun, jobs.RESULT, ())
    later(DEADLINE_SECONDS + 1)
    assert scans.mark_late(begun, LATE) is None
    assert row(task_id)["entry"]["S"] == json.dumps(jobs.RESULT, separators=(",", ":"))


def test_results_come_in_the_order_asked_for():
    first, second = submit(), submit()
    finish(second)
    asked = [second, "nobody", first, second]
    assert [(each.task_id, each.state.name) for each in scans.results(LIBRARY, asked)] == [
        (second, "DONE"), ("nobody", "UNKNOWN"), (first, "WAITING"), (second, "DONE"),
    ]  # fmt: skip


def test_rows_end_with_their_results():
    plain, written = submit(), submit(result_key=f"{LIBRARY}/results/a.json")
    for task_id in (plain, written):
        expires = time.time() + DEADLINE_SECONDS + RETENTION_SECONDS
        assert float(row(task_id)["expires"]["N"]) == pytest.approx(expires, abs=5)
        finish(task_id)
    assert float(row(plain)["expires"]["N"]) == pytest.approx(time.time() + RETENTION_SECONDS, abs=5)
    # As long as the object may lie there, the row tells whom it names: S3 ends a day at the midnight after it.
    assert float(row(written)["expires"]["N"]) > time.time() + 2 * 86400
    assert "body" not in row(plain)


# --- what follows -----------------------------------------------------------------------------------------------------


def test_a_result_is_written_where_it_was_asked_for():
    key = f"{LIBRARY}/results/scan/door.json"
    task_id = submit(result_key=key)
    scans.follow_up(finish(task_id))
    written = aws.client("s3").get_object(Bucket="visage-uploads", Key=key)["Body"].read()
    assert json.loads(written) == {**jobs.RESULT, "taskId": task_id}


def test_a_result_of_an_earlier_drop_does_not_take_the_place_of_a_later_ones():
    key = f"{LIBRARY}/results/scan/door.json"
    earlier, later = submit(result_key=key), submit(result_key=key)
    for task_id, sequencer in ((later, "0A1"), (earlier, "0A")):
        task = scans.begin(LIBRARY, task_id)
        scans.follow_up(scans.finish(task, {**jobs.RESULT, "taskId": task_id, "dataId": sequencer}, ()))
    written = aws.client("s3").get_object(Bucket="visage-uploads", Key=key)["Body"].read()
    assert json.loads(written)["taskId"] == later


def test_what_follows_is_done_by_the_next_who_comes_where_the_first_died(queues):
    task_id = submit(callback=CALLBACK, result_key=f"{LIBRARY}/results/a.json")
    finish(task_id)
    task = scans.begin(LIBRARY, task_id)
    assert task.stage is Stage.DONE
    scans.follow_up(task)
    assert messages(queues["callback"]) == [Message(LIBRARY, task_id, 1)]
    assert stowed() == [f"{LIBRARY}/results/a.json"]
    assert scans.begin(LIBRARY, task_id) is None, "all has been done"


def test_a_write_that_is_sent_again_after_its_answer_was_lost_is_followed_up(queues):
    task_id = submit(callback=CALLBACK)

    def send_twice(operation, _parameters, call):
        if operation == "UpdateItem":
            call()
        return call()

    task = scans.begin(LIBRARY, task_id)
    with watched(send_twice):
        scans.follow_up(scans.finish(task, jobs.RESULT, ()))
    assert messages(queues["callback"]) == [Message(LIBRARY, task_id, 1)]
    assert "pending" not in row(task_id)


# --- forgetting -------------------------------------------------------------------------------------------------------


def test_results_that_name_a_person_are_forgotten(queues):
    named, other = submit(callback=CALLBACK, result_key=f"{LIBRARY}/results/a.json"), submit()
    scans.follow_up(finish(named, ("ann", "ben")))
    finish(other, ("ben",))
    assert scans.forget(LIBRARY, "an") == 0
    assert scans.forget(LIBRARY, "ann") == 1
    assert (state(named), state(other)) == ("EXPIRED", "DONE")
    assert stowed() == []
    assert "ann" not in told_by_row(named) and "receiver" not in told_by_row(named)
    assert scans.forget(LIBRARY, "ann") == 0
    assert scans.forget("globex", "ben") == 0 and state(other) == "DONE"


def test_a_result_that_is_being_written_when_it_is_forgotten_does_not_stay():
    task_id = submit(result_key=f"{LIBRARY}/results/a.json")
    done = finish(task_id, ("ann",))
    scans.forget(LIBRARY, "ann")
    scans.follow_up(done)
    assert stowed() == []


def test_who_dies_while_writing_what_is_forgotten_leaves_it_to_the_next_to_erase():
    key = f"{LIBRARY}/results/a.json"
    task_id = submit(result_key=key)
    finish(task_id, ("ann",))
    scans.forget(LIBRARY, "ann")
    drops.write(key, {"taskId": task_id})
    scans.follow_up(scans.begin(LIBRARY, task_id))
    assert stowed() == []


@pytest.mark.parametrize("when", ["before", "while the first is written"])
def test_the_result_of_another_drop_of_the_same_key_stays_when_one_is_forgotten(when):
    key = f"{LIBRARY}/results/scan/door.json"
    first, second = submit(result_key=key), submit(result_key=key)
    done = finish(first, ("ann",), dataId="0A")
    if when == "before":
        scans.follow_up(done)
    scans.follow_up(finish(second, ("ben",), dataId="0B"))
    scans.forget(LIBRARY, "ann")
    scans.follow_up(done)
    written = aws.client("s3").get_object(Bucket="visage-uploads", Key=key)["Body"].read()
    assert json.loads(written)["taskId"] == second
