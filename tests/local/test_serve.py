"""`python -m local serve` as a process: how it starts and, above all, how it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local import first_client, stack
from local.__main__ import main
from local.cloud import client as cloud
from local.cloud.client import CloudError
from local.stack import ROOT
from tests.local.conftest import FIXTURE

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the command with the test's own state folder; all processes end with the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        command = [
            sys.executable, "-m", "local", "serve", "--state", str(tmp_path / "state"), "--template", str(FIXTURE),
            "--parameter", f"Notes={tmp_path}", *arguments,
        ]  # fmt: skip
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _url(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    line = process.stdout.readline().split()
    assert line[:2] == ["visage", "ready"], process.communicate()
    return line[2]


def _family(state: Path) -> set[int]:
    """Processes of the stack with this state folder, identified by its path in their environment."""
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            try:
                block = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue  # gone, or another user's
            if str(state.parent).encode() in block:
                found.add(int(entry.name))
    return found


def _hang(url: str) -> None:
    """Keep a handler busy for a minute."""
    threading.Thread(target=lambda: _quietly(f"{url}/sleep?seconds=60"), daemon=True).start()
    time.sleep(1)


def _quietly(url: str) -> None:
    try:
        urllib.request.urlopen(url, timeout=30).read()
    except OSError:
        return  # the stack ended: what the tests are about


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_even_a_hanging_handler(start: Start, tmp_path: Path, number: int) -> None:
    process = start("--port", "0")
    _hang(_url(process))
    assert len(_family(tmp_path / "state")) >= 3
    os.killpg(process.pid, number)  # the whole group hears Ctrl-C
    assert process.wait(10) == 0
    assert process.stderr and process.stderr.read() == ""
    assert _family(tmp_path / "state") == set()
    assert not (tmp_path / "state" / "stack.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_killing_the_runner_ends_everything_and_keeps_the_state(start: Start, tmp_path: Path) -> None:
    process = start("--port", "0")
    _hang(_url(process))
    endpoint = json.loads((tmp_path / "state" / "stack.json").read_text())["endpoint"]
    from local.cloud.client import aws_client

    aws_client("s3", endpoint).put_object(Bucket="visage-local-bucket", Key="kept", Body=b"x")
    process.kill()
    deadline = time.monotonic() + 10
    while _family(tmp_path / "state") and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _family(tmp_path / "state") == set()
    stored = json.loads((tmp_path / "state" / "aws" / "s3.json").read_text())
    assert [entry["key"] for entry in stored["visage-local-bucket"]] == ["kept"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_state_that_a_killed_stack_still_saves_is_in_use(start: Start, tmp_path: Path) -> None:
    first = start("--port", "0")
    _url(first)
    family = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in _family(tmp_path / "state")}
    (cloud,) = (pid for pid, command in family.items() if b"local.cloud.process" in command)
    os.kill(cloud, signal.SIGSTOP)
    try:
        first.kill()
        first.wait()
        _output, errors = start("--port", "0").communicate(timeout=20)
    finally:
        os.kill(cloud, signal.SIGCONT)
    assert errors.startswith("the state folder ") and "is in use" in errors


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("processes", [2, 3])
def test_a_signal_while_it_starts_leaves_nothing_behind(start: Start, tmp_path: Path, processes: int) -> None:
    process = start("--port", "0")
    deadline = time.monotonic() + 10
    while len(_family(tmp_path / "state")) < processes and time.monotonic() < deadline:
        pass  # no pause: the moment right after a process was started is the one to hit
    process.terminate()
    assert process.wait(15) == 0
    assert _family(tmp_path / "state") == set()


def test_a_taken_port_is_one_clear_sentence(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (1, "")
    assert errors == f"port {port} is in use: choose another one (0 for any free port)\n"


def test_a_port_that_cannot_be_is_one_clear_sentence(start: Start) -> None:
    process = start("--port", "80000")
    _output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (1, "80000 is not a port: choose one up to 65535 (0 for any free port)\n")


def test_a_state_folder_that_cannot_be_is_one_clear_sentence(start: Start, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    process = start("--port", "0")
    _output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (1, f"cannot use the state folder {tmp_path}/state: File exists\n")


def test_two_stacks_do_not_share_a_state_folder(start: Start) -> None:
    _url(start("--port", "0"))
    second = start("--port", "0")
    _output, errors = second.communicate(timeout=20)
    assert second.returncode == 1
    assert errors.startswith("the state folder ") and len(errors.splitlines()) == 1


def test_a_template_that_cannot_be_honoured_is_one_clear_sentence(start: Start) -> None:
    process = start("--parameter", "Nonsense=1")
    _output, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (1, "Parameters: the template has no parameter Nonsense\n")


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGKILL])
def test_an_aws_that_does_not_answer_in_time_is_one_clear_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    class Late(stack.CloudProcess):
        def wait_until_ready(self) -> list[str]:
            orphaned = super().wait_until_ready()
            os.kill(self._process.pid, number)
            return orphaned

        def stop(self) -> None:
            if self._process.poll() is None:
                os.kill(self._process.pid, signal.SIGCONT)
            super().stop()

    monkeypatch.setattr(stack, "CloudProcess", Late)
    monkeypatch.setattr(cloud, "ANSWER_SECONDS", 0.5)
    monkeypatch.setattr(first_client, "client_path", lambda _template: "/visage/clients/")  # the fixture has none
    monkeypatch.setattr(signal, "signal", lambda *_arguments: None)
    command = ["serve", "--port", "0", "--state", str(tmp_path / "state"), "--template", str(FIXTURE)]
    monkeypatch.setattr(sys, "argv", ["local", *command, "--parameter", f"Notes={tmp_path}"])
    assert main() == 1
    told = capsys.readouterr()
    *before, said = told.err.splitlines()
    assert said.startswith("the local AWS did not keep the first client's key")
    assert said.endswith("start again when less is running") and "Traceback" not in told.err
    assert told.out == "" and all(line.startswith("the state may not be saved") for line in before)


def test_an_aws_that_cannot_be_started_is_one_clear_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud, "_resources", lambda _template: {"tables": "x" * 10_000_000})  # more than a pipe holds
    monkeypatch.setattr(cloud.sys, "executable", "/bin/false")
    wanted = "the local AWS did not start: no reason given"
    with pytest.raises(CloudError, match=wanted), stack.serve(0, tmp_path / "state", FIXTURE, {"Notes": str(tmp_path)}):
        pytest.fail("the stack came up")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Make SIGINT raise KeyboardInterrupt even if the suite runs in the background, where shells ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_signal_between_two_steps_of_the_start_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Interrupted(stack.CloudProcess):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(stack, "CloudProcess", Interrupted)
    with pytest.raises(KeyboardInterrupt), stack.serve(0, tmp_path / "state", FIXTURE, {"Notes": str(tmp_path)}):
        pytest.fail("the stack came up")
    assert _family(tmp_path / "state") == set()
