"""Functions as forks of one process: they share memory, and nothing else."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from local.functions.keeper import private_memory, tidy
from local.stack import Stack
from tests.local.conftest import Call

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, each function imports everything itself")


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_functions_are_forks_of_one_process_and_not_of_this_one(call: Call) -> None:
    pids = [call("GET", "/echo").json()["pid"], int(call("GET", "/sleep?seconds=0").body)]
    assert pids[0] != pids[1]
    assert len({parent(pid) for pid in pids} - {os.getpid()}) == 1


def test_a_fork_has_its_own_variables_modules_and_folder(call: Call, stack: Stack) -> None:
    first, second = call("GET", "/state?note=one").json(), call("GET", "/other-state").json()
    assert first["notes"] == ["one"] and second["notes"] == []
    assert (first["name"], second["name"]) == ("StateFunction", "OtherStateFunction")
    assert (first["own"], second["own"]) == (None, "set")
    assert first["folder"] == second["folder"] == str(Path(__file__).parents[1] / "fixture" / "functions")
    assert first["path"][0] == first["folder"]
    assert first["variables"] == sorted({*second["variables"]} - {"OWN"})
    assert "OPENBLAS_NUM_THREADS" not in first["variables"]
    assert call("GET", "/state?note=two").json()["notes"] == ["one", "two"]


def test_what_functions_are_forked_from_tells_nobody_of_this_machine(call: Call) -> None:
    zygote = parent(call("GET", "/echo").json()["pid"])
    assert "ORT_DISABLE_TELEMETRY=1" in Path(f"/proc/{zygote}/environ").read_text().split("\0")


def test_the_death_of_their_common_parent_goes_unnoticed(call: Call, stack: Stack) -> None:
    before = call("GET", "/echo").json()["pid"]
    os.kill(parent(before), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{before}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    answer = stack.functions["EchoFunction"].invoke(b"{}")  # not by the gateway, which waits for 29 s at most
    assert not answer.failed
    assert json.loads(json.loads(answer.payload)["body"])["pid"] != before


def test_environments_idle_for_too_long_end_and_the_next_call_works(call: Call, stack: Stack) -> None:
    pid, pool = call("GET", "/echo").json()["pid"], stack.functions["EchoFunction"]
    tidy([pool], {}, seconds=60)
    assert pid in pool.processes
    tidy([pool], {}, seconds=0)
    assert pool.processes == [] and not Path(f"/proc/{pid}").exists()
    assert call("GET", "/echo").status == 200


def test_those_idle_longest_end_first_when_all_take_too_much(call: Call, stack: Stack) -> None:
    for pool in stack.functions.values():
        tidy([pool], {}, seconds=0)
    call("GET", "/sleep?seconds=0")
    call("GET", "/echo")
    pools = [stack.functions[name] for name in ("EchoFunction", "SleepFunction")]
    kept = tidy(pools, {}, memory=25, measure=lambda _pid: 20)
    assert [len(pool.processes) for pool in pools] == [1, 0]
    assert list(kept) == pools[0].processes


def test_a_fork_takes_little_memory_of_its_own(call: Call, stack: Stack) -> None:
    pid = call("GET", "/echo").json()["pid"]
    assert 0 < private_memory(pid) < 25
