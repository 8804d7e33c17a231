"""Starts child processes that never outlive this one."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import IO

_LAUNCHER = Path(__file__).with_name("launch.py")


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
) -> subprocess.Popen[bytes]:
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
        start_new_session=True,
    ).result()
    threading.Thread(target=lambda: ended(process.wait()), daemon=True).start()
    return process


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and its children at once; return when it has exited."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()  # exited already, or not yet in its own session
    process.wait()
