"""Functions as Lambda runs them: time, memory, concurrency, reuse."""

import os
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.functions.pool import DEFAULT_LIMIT
from local.stack import Stack
from tests.local.conftest import Call


def test_a_function_that_takes_too_long_is_killed_and_the_next_call_works(call: Call) -> None:
    started = time.monotonic()
    assert call("GET", "/hang?seconds=60").status == 502
    assert 1 <= time.monotonic() - started < 5
    assert call("GET", "/hang?seconds=0").status == 200


def test_a_function_that_takes_too_much_memory_is_killed_and_the_next_call_works(call: Call) -> None:
    assert call("GET", "/answer?kind=hog").status == 502
    assert call("GET", "/answer?kind=nothing").status == 204


def test_a_warm_process_is_used_again(call: Call) -> None:
    first, second = call("GET", "/echo").json(), call("GET", "/echo").json()
    assert first["pid"] == second["pid"]
    assert first["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:EchoFunction"


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_process_that_died_at_rest_is_replaced_unnoticed(call: Call) -> None:
    first = call("GET", "/echo").json()["pid"]
    os.kill(first, signal.SIGKILL)
    while Path(f"/proc/{first}").exists():
        time.sleep(0.01)
    reply = call("GET", "/echo")
    assert reply.status == 200
    assert reply.json()["pid"] != first


def test_eight_calls_at_once_share_the_processes_that_there_may_be(call: Call) -> None:
    with ThreadPoolExecutor(8) as clients:
        list(clients.map(lambda _: call("GET", "/sleep?seconds=0.5"), range(8)))  # starts the processes
        started = time.monotonic()
        replies = list(clients.map(lambda _: call("GET", "/sleep?seconds=1"), range(8)))
        elapsed = time.monotonic() - started
    assert [reply.status for reply in replies] == [200] * 8
    assert len({reply.body for reply in replies}) == min(8, DEFAULT_LIMIT)
    rounds = -(-8 // DEFAULT_LIMIT)
    assert rounds <= elapsed < rounds + 1.5


def test_reserved_concurrency_refuses_what_is_above_it(call: Call) -> None:
    assert call("GET", "/reserved?seconds=0").status == 200
    with ThreadPoolExecutor(3) as clients:
        statuses = sorted(r.status for r in clients.map(lambda _: call("GET", "/reserved?seconds=1"), range(3)))
    assert statuses == [200, 500, 500]


def test_what_a_function_logs_goes_to_its_own_file(call: Call, stack: Stack) -> None:
    call("GET", "/answer?kind=exception")
    log = Path(stack.state, "logs", "AnswerFunction.log")
    assert "RuntimeError" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
