"""Starts child processes that never outlive this one."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import FrameType
from typing import IO, Protocol

_LAUNCHER = Path(__file__).with_name("launch.py")


class Process(Protocol):
    """A child process."""

    pid: int

    def poll(self) -> int | None:
        """Its exit status, or None while it runs."""

    def kill(self) -> None:
        """Kill it and its children at once; return when it has exited."""


class SpawnHandler(Protocol):
    """Starts a process of `awslambdaric` with a handler; `ended` is called with the exit status, in another thread,
    once it has exited."""

    def __call__(
        self, handler: str, *, environment: Mapping[str, str], cwd: Path, log: IO[bytes], ended: Callable[[int], None]
    ) -> Process: ...


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay SIGINT and SIGTERM to the end of the block, for steps that must be started and recorded together.

    Does nothing outside the main thread, which signals never interrupt.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    received: list[int] = []

    def record(number: int, _frame: FrameType | None) -> None:
        received.append(number)

    handlers = {number: signal.signal(number, record) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in received:
            signal.raise_signal(number)


@cache
def _spawner() -> ThreadPoolExecutor:
    # Linux kills a child when the thread that started it ends, so this thread must live as long as the process.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def spawn(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    log: IO[bytes],
    ended: Callable[[int], None],
    pass_fds: Sequence[int] = (),
) -> Process:
    """Start `python arguments...` as a child in its own session, out of reach of Ctrl-C.

    On Linux it is killed whenever this process dies. `ended` is called with the exit status, in another thread, once
    the child has exited.
    """
    command = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), sys.executable, *arguments]
    process = _spawner().submit(
        subprocess.Popen,
        command,
        env=dict(environment),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=pass_fds,
        start_new_session=True,
    ).result()
    threading.Thread(target=lambda: ended(process.wait()), daemon=True).start()
    return _Spawned(process)


def spawn_handler(
    handler: str, *, environment: Mapping[str, str], cwd: Path, log: IO[bytes], ended: Callable[[int], None]
) -> Process:
    """A new interpreter that imports everything itself, as a cold start does."""
    return spawn(["-m", "awslambdaric", handler], environment=environment, cwd=cwd, log=log, ended=ended)


class _Spawned:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self.poll = process.poll
        self._process = process

    def kill(self) -> None:
        if self._process.poll() is None:
            kill_group(self.pid)
        self._process.wait()


def kill_group(leader: int) -> None:
    """Kill the process and its children."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:  # exited already, or not yet in its own session
        with suppress(ProcessLookupError):
            os.kill(leader, signal.SIGKILL)
