"""Concurrent calls: how many run, who waits for how long, and who is refused immediately."""

import threading
import time
from contextlib import contextmanager

import pytest

from local.functions.pool import ThrottledError
from local.gateway.gate import Gate


@contextmanager
def busy(gate, calls=1):
    """This many calls run or wait until the block ends or the yielded event is set."""
    end = threading.Event()

    def work():
        with gate.passed():
            end.wait(10)

    threads = [threading.Thread(target=work) for _ in range(calls)]
    for thread in threads:
        thread.start()
    patience = time.monotonic() + 5
    while gate._running + len(gate._queue) < calls and time.monotonic() < patience:
        time.sleep(0.005)
    yield end
    end.set()
    for thread in threads:
        thread.join()


def test_a_call_waits_for_a_while_and_is_then_refused():
    gate = Gate(1, patience=0.4)
    with busy(gate):
        started = time.monotonic()
        with pytest.raises(ThrottledError), gate.passed():
            pass
        assert 0.4 <= time.monotonic() - started < 5


def test_a_call_that_would_wait_too_long_is_refused_at_once():
    gate = Gate(1, patience=30, expected=1)
    with busy(gate, calls=4):  # three wait; the estimated time of a call is 0.3 s
        started = time.monotonic()
        with pytest.raises(ThrottledError), gate.passed():
            pass
        assert time.monotonic() - started < 5


def test_waiting_calls_get_their_turn():
    gate = Gate(2, patience=30)
    with busy(gate, calls=2) as end:
        threading.Timer(0.1, end.set).start()
        with gate.passed():
            assert gate._running <= 2


def test_who_came_first_is_first_whoever_comes_when_a_place_is_free():
    gate = Gate(1, patience=30, expected=30)
    order = []

    def work(name):
        with gate.passed():
            order.append(name)
            time.sleep(0.01)

    with busy(gate) as end:
        waiting = []
        for name in range(5):
            waiting.append(threading.Thread(target=work, args=(name,)))
            waiting[-1].start()
            while len(gate._queue) <= name:
                time.sleep(0.001)
        end.set()
        while len(order) < 5:
            with gate.passed():  # a newcomer, again and again
                newcomer = len(order)
            assert newcomer == 5
    for thread in waiting:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_calls_that_last_long_let_fewer_wait():
    gate = Gate(1, patience=30, expected=0.4)
    for _ in range(2):
        with gate.passed():
            time.sleep(0.6)
    with busy(gate), pytest.raises(ThrottledError), gate.passed():
        pass
    assert 0.3 < gate._lasts < 0.6
