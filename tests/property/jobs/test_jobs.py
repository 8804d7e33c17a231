"""Each task is done exactly once from its client's view, whatever dies or runs concurrently."""

import json
import time
from dataclasses import replace
from itertools import count

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.support.effort import examples
from tests.support.interleaving import Interleaving, Kill, Killed, Switches, watched
from tests.support.jobs import CALLBACK, LIBRARY, messages, row, stowed, told_by_row
from tests.support.library import enrol, face, fill_table
from visage import aws
from visage.api.scans import run_scan
from visage.erasure import persons
from visage.errors import VisageError
from visage.gallery.persons.store import Library
from visage.jobs import callbacks, scans
from visage.jobs.types import DEADLINE_SECONDS, MAX_RECEIVES, Job, Message

pytestmark = pytest.mark.usefixtures("queues")

KEY = f"{LIBRARY}/results/a.json"
PERSON = "ann"
TASK = {"dataId": "a", "url": "base64://"}
BODY = {"scenes": ["look"], "tasks": [{**TASK, "url": "base64://AAAA"}]}
FACE = face(1)
CALLS_OF_A_RUN = 9
"""AWS calls that a run makes of its own."""
FOUND = {"personId": PERSON, "faceId": FACE.id}
SCENES = {"look": lambda _library, _tasks, _until: [{"topPersonData": [{"persons": [FOUND]}], "rate": 90}]}


class Receiver:
    """A callback receiver with prepared responses, which records what it receives."""

    def __init__(self):
        self.contents = []

    def push(self, _address, fields, _seconds):
        self.contents.append(json.loads(fields["content"]))
        return 200


@pytest.fixture
def receiver(monkeypatch):
    receiver = Receiver()
    monkeypatch.setattr(callbacks, "push", receiver.push)
    return receiver


@pytest.fixture
def begun(queues, receiver):
    """Start again: a library with one person, and one task with a callback."""

    def begin():
        fill_table()
        for key in stowed():
            aws.client("s3").delete_object(Bucket="visage-uploads", Key=key)
        messages(queues["scan"]), messages(queues["callback"])
        receiver.contents.clear()
        enrol(Library(LIBRARY), PERSON, ["staff"], [1])
        (task_id,) = scans.submit(LIBRARY, [Job(TASK, BODY)], callback=CALLBACK, result_key=KEY)
        return task_id, Message(LIBRARY, task_id, 1)

    return begin


def deliver_all(queues, patience=3):
    """Deliver what is queued; claims of dead workers expire in time."""
    for message in messages(queues["callback"]) * patience:
        callbacks.deliver(message.library, message.task_id)


def told(task_id):
    """The entry in the results, or the state of a task without one."""
    (outcome,) = scans.results(LIBRARY, [task_id])
    return json.dumps(outcome.entry) if outcome.state.name == "DONE" else outcome.state.name


def is_settled(task_id, receiver):
    """Assert everything that a finished task leaves: its result, in the bucket too, and one callback."""
    entry = json.loads(told(task_id))
    written = json.loads(aws.client("s3").get_object(Bucket="visage-uploads", Key=KEY)["Body"].read())
    return (
        receiver.contents == [entry]
        and written == entry
        and (entry["taskId"], entry["dataId"], entry["url"]) == (task_id, "a", "base64://")
        and stowed() == [KEY]
        and "pending" not in row(task_id)
    )


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
def test_who_dies_while_running_a_task_leaves_it_to_the_next(begun, queues, receiver, after):
    for number in count():
        task_id, message = begun()
        try:
            with watched(Kill(number, after=after)):
                run_scan.run(message, SCENES)
        except Killed:
            run_scan.run(message, SCENES)
        else:
            break
        deliver_all(queues)
        assert is_settled(task_id, receiver)
    assert number >= 7


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
def test_who_dies_while_telling_tells_twice_only_if_that_was_between_200_and_its_remembrance(
    begun, queues, receiver, monkeypatch, after
):
    monkeypatch.setattr(callbacks, "CLAIM_SECONDS", -1)  # a claim of somebody who died is over by then
    heard = []
    for number in count():
        task_id, message = begun()
        run_scan.run(message, SCENES)
        try:
            with watched(Kill(number, after=after)):
                callbacks.deliver(LIBRARY, task_id)
        except Killed:
            deliver_all(queues)
        else:
            break
        heard.append(len(receiver.contents))
        assert "callback" not in row(task_id)
    # Its calls are two: to claim, and to remember.
    assert heard == ([1, 1] if after else [1, 2])


def test_who_dies_again_and_again_is_not_waited_for_for_ever(begun, queues, receiver):
    task_id, message = begun()
    for received in range(1, MAX_RECEIVES):
        with pytest.raises(Killed), watched(Kill(1, after=False)):
            run_scan.run(replace(message, received=received), SCENES)
    assert told(task_id) == "WAITING"
    with pytest.raises(VisageError):
        run_scan.run(replace(message, received=MAX_RECEIVES), SCENES)
    assert json.loads(told(task_id))["code"] == 500
    deliver_all(queues)
    assert is_settled(task_id, receiver)


@hypothesis.settings(
    max_examples=examples(12), deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(data=st.data())
def test_a_reader_sees_one_result_and_a_receiver_hears_of_it_once(begun, queues, receiver, data):
    task_id, message = begun()
    seen = [told(task_id)]

    def read():
        for _ in range(4):
            seen.append(told(task_id))

    def deliver():
        for _ in range(3):
            callbacks.deliver(LIBRARY, task_id)

    functions = [read, deliver, *[lambda: run_scan.run(message, SCENES)] * data.draw(st.integers(1, 3))]
    Interleaving(lambda waiting: data.draw(st.integers(0, waiting - 1))).run(functions)
    seen.append(told(task_id))
    assert list(dict.fromkeys(seen)) in (["WAITING", seen[-1]], [seen[-1]])
    deliver_all(queues)
    assert is_settled(task_id, receiver)


@pytest.mark.parametrize("when", ["before it was begun", "while it was scanned"])
def test_who_waits_for_a_task_that_is_late_is_told_so_once(begun, queues, receiver, monkeypatch, when):
    task_id, message = begun()
    now, scanned = time.time, []

    def let_an_hour_pass():
        monkeypatch.setattr(time, "time", lambda: now() + DEADLINE_SECONDS + 1)

    def look(*arguments):
        scanned.append(let_an_hour_pass())
        return SCENES["look"](*arguments)

    if when == "before it was begun":
        let_an_hour_pass()
    for _twice in range(2):
        run_scan.run(message, {"look": look})
    assert len(scanned) == (when == "while it was scanned")
    deliver_all(queues)
    assert json.loads(told(task_id))["code"] == 581
    assert is_settled(task_id, receiver)


def delete_while_it_runs(message, choose):
    def delete():
        Library(LIBRARY).delete_person(PERSON)
        scans.forget(LIBRARY, PERSON)

    Interleaving(choose).run([delete, lambda: run_scan.run(message, SCENES)])


def says_nothing(task_id, queues, receiver):
    """Assert that nothing of the deleted person is returned, and no callback is sent from now on."""
    heard = len(receiver.contents)
    deliver_all(queues)
    return (
        told(task_id) == "EXPIRED"
        and len(receiver.contents) == heard
        and KEY not in stowed()
        and PERSON not in told_by_row(task_id)
    )


@hypothesis.settings(
    max_examples=examples(12), deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(data=st.data())
def test_of_a_person_who_is_deleted_meanwhile_no_result_says_anything(begun, queues, receiver, data):
    task_id, message = begun()
    delete_while_it_runs(message, lambda waiting: data.draw(st.integers(0, waiting - 1)))
    assert says_nothing(task_id, queues, receiver)


@pytest.mark.parametrize("runs", range(CALLS_OF_A_RUN + 1))
def test_nor_does_it_in_any_order_that_changes_hands_twice(begun, queues, receiver, runs):
    for deletes in count():
        task_id, message = begun()
        order = Switches(runs, deletes)
        delete_while_it_runs(message, order)
        assert says_nothing(task_id, queues, receiver), f"after {runs} and {deletes} calls"
        if not order.twice:
            break
    assert (deletes > 0) == (runs < CALLS_OF_A_RUN), "the last of these orders is that of a run which ends first"


@pytest.mark.parametrize("runs", range(CALLS_OF_A_RUN + 1))
def test_of_a_face_that_is_removed_meanwhile_no_result_says_anything(begun, queues, receiver, runs):
    for removes in count():
        task_id, message = begun()
        order = Switches(runs, removes)
        Interleaving(order).run([
            lambda: persons.remove_faces(LIBRARY, PERSON, [FACE.id]),
            lambda message=message: run_scan.run(message, SCENES),
        ])  # fmt: skip
        assert says_nothing(task_id, queues, receiver), f"after {runs} and {removes} calls"
        if not order.twice:
            break
    assert (removes > 0) == (runs < CALLS_OF_A_RUN), "the last of these orders is that of a run which ends first"


def test_nor_of_a_person_who_was_deleted_and_made_again_meanwhile(begun, queues, receiver):
    task_id, message = begun()

    def look(*arguments):
        persons.delete_person(LIBRARY, PERSON)
        Library(LIBRARY).add_person(PERSON, ["staff"])
        return SCENES["look"](*arguments)

    run_scan.run(message, {"look": look})
    assert says_nothing(task_id, queues, receiver)


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
@pytest.mark.parametrize(
    "erase",
    [lambda: persons.remove_faces(LIBRARY, PERSON, [FACE.id]), lambda: scans.forget(LIBRARY, PERSON)],
    ids=["removing a face", "forgetting"],
)
def test_who_dies_while_erasing_begins_again_and_leaves_no_result(begun, queues, receiver, erase, after):
    for number in count():
        task_id, message = begun()
        run_scan.run(message, SCENES)
        messages(queues["callback"])
        try:
            with watched(Kill(number, after=after)):
                erase()
        except Killed:
            erase()
        else:
            break
        assert says_nothing(task_id, queues, receiver), f"call {number}"
    assert number >= 4


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
def test_who_dies_while_a_person_is_deleted_leaves_nothing_behind_once_the_message_has_come_again(
    begun, queues, receiver, after
):
    finish = scans.finish

    def late(*arguments):
        Library(LIBRARY).delete_person(PERSON)
        return finish(*arguments)

    for number in count():
        task_id, message = begun()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(scans, "finish", late)
            try:
                with watched(Kill(number, after=after)):
                    run_scan.run(message, SCENES)
            except Killed:
                patch.setattr(scans, "finish", finish)
                Library(LIBRARY).persons([PERSON]) and Library(LIBRARY).delete_person(PERSON)
                run_scan.run(message, SCENES)
            else:
                break
        deliver_all(queues)
        assert told(task_id) == "EXPIRED" and KEY not in stowed() and receiver.contents == []
    assert number >= 7
