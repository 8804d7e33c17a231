"""Callback delivery: who is called, how often, and when it ends."""

import hashlib
import time

import pytest

from tests.support import jobs
from tests.support.jobs import CALLBACK, LIBRARY, finish, row, submit
from visage.errors import Reason, VisageError
from visage.jobs import callbacks, scans
from visage.jobs.callbacks import CLAIM_SECONDS, MAX_ATTEMPTS, SECONDS, deliver, pause
from visage.jobs.types import RETENTION_SECONDS

pytestmark = pytest.mark.usefixtures("queues")


@pytest.fixture
def later(monkeypatch):
    """Advance the callbacks' clock."""
    passed = [0.0]
    now = time.time
    monkeypatch.setattr(callbacks.time, "time", lambda: now() + passed[0])

    def pass_by(seconds):
        passed[0] += seconds

    return pass_by


@pytest.fixture
def receiver(monkeypatch):
    """A receiver that returns the responses in `answers` and then 200, with what it received."""

    class Receiver:
        def __init__(self):
            self.answers, self.received = [], []

        def push(self, address, fields, seconds):
            self.received.append((address, fields))
            answer = self.answers.pop(0) if self.answers else 200
            if isinstance(answer, BaseException):
                raise answer
            return answer

    receiver = Receiver()
    monkeypatch.setattr(callbacks, "push", receiver.push)
    return receiver


@pytest.fixture
def told():
    """A done task with a callback."""
    task_id = submit(callback=CALLBACK)
    scans.follow_up(finish(task_id))
    return task_id


def test_a_receiver_is_sent_the_result_and_a_checksum(receiver, told):
    assert deliver(LIBRARY, told).outcome == "delivered"
    ((address, fields),) = receiver.received
    assert address == CALLBACK.url and set(fields) == {"checksum", "content"}
    content = f'{{"code":200,"msg":"OK","taskId":"{told}","dataId":"a","results":[{{"scene":"sface-n"}}]}}'
    assert fields["content"] == content
    assert fields["checksum"] == hashlib.sha256(f"LTAIclientseed_1{content}".encode()).hexdigest()


def test_a_result_is_sent_once(receiver, told):
    deliver(LIBRARY, told)
    assert deliver(LIBRARY, told).outcome == "nothing to do"
    assert len(receiver.received) == 1
    assert not {"callback", "seed", "uid"} & row(told).keys()


@pytest.mark.parametrize("answer", [201, 204, 302, 404, 500, VisageError(Reason.IMAGE_TIMEOUT)])
def test_only_status_200_ends_the_retries(receiver, told, answer):
    receiver.answers = [answer]
    handled = deliver(LIBRARY, told)
    assert handled.again == pause(1) and handled.outcome in (str(answer), "IMAGE_TIMEOUT")
    assert deliver(LIBRARY, told).outcome == "delivered"


def test_after_sixteen_tries_it_is_given_up(receiver, told):
    receiver.answers = [500] * 20
    handled = [deliver(LIBRARY, told) for _ in range(17)]
    assert [each.again for each in handled] == [*(pause(tries) for tries in range(1, MAX_ATTEMPTS)), None, None]
    assert [each.outcome for each in handled[-2:]] == ["given up", "nothing to do"]
    assert len(receiver.received) == MAX_ATTEMPTS == 16


def test_a_forbidden_address_is_tried_once(receiver, told):
    receiver.answers = [VisageError(Reason.IMAGE_ADDRESS)]
    assert (deliver(LIBRARY, told).outcome, deliver(LIBRARY, told)) == ("given up", jobs.NOTHING)
    assert len(receiver.received) == 1


def test_the_pauses_grow_and_all_tries_are_made_while_the_result_is_kept():
    pauses = [pause(tries) for tries in range(1, MAX_ATTEMPTS)]
    assert pauses == sorted(set(pauses)) and pauses[0] < 10
    assert sum(pauses) + MAX_ATTEMPTS * SECONDS < RETENTION_SECONDS < sum(pauses) + pause(MAX_ATTEMPTS)
    assert max(pauses) <= 12 * 3600, "SQS hides no message for longer"


def test_only_one_attempt_runs_at_a_time(receiver, told, monkeypatch):
    others = []

    def push(*_arguments):
        others.append(deliver(LIBRARY, told))
        return 200

    monkeypatch.setattr(callbacks, "push", push)
    assert deliver(LIBRARY, told).outcome == "delivered"
    assert [(each.outcome, each.again) for each in others] == [("claimed", CLAIM_SECONDS)]


def test_an_attempt_that_dies_is_repeated(receiver, told, later):
    receiver.answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        deliver(LIBRARY, told)
    assert deliver(LIBRARY, told).again == CLAIM_SECONDS
    later(CLAIM_SECONDS + 1)
    assert deliver(LIBRARY, told).outcome == "delivered"
    assert row(told)["tries"]["N"] == "2"


def test_forgotten_expired_and_missing_tasks_send_no_callback(receiver, told, later):
    forgotten = submit(callback=CALLBACK)
    scans.follow_up(finish(forgotten, ("ann",)))
    scans.forget(LIBRARY, "ann")
    waiting, plain = submit(callback=CALLBACK), submit()
    finish(plain)
    later(RETENTION_SECONDS + 1)
    for task_id in (forgotten, told, waiting, plain, "imgnothing"):
        assert deliver(LIBRARY, task_id) == jobs.NOTHING
    assert receiver.received == []
