"""Child processes that never outlive this one."""

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
    """SIGINT and SIGTERM that come inside the block act when it ends: for what must be begun and noted in one step.

    Does nothing outside the main thread, which no signal interrupts.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def note(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    handlers = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


@cache
def _spawner() -> ThreadPoolExecutor:
    # Linux kills a child when the thread that started it ends, so this thread lives as long as the process.
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")


def spawn(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    cwd: Path,
    log: IO[bytes],
    ended: Callable[[int], None],
) -> subprocess.Popen[bytes]:
    """A Python child `python arguments...` in a session of its own, out of Ctrl-C's reach.

    It is killed when this process dies, however it dies (Linux). `ended` is called with the exit status, from another
    thread, once the child has gone.
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
    """Ends the process and what it started, at once; returns when it has gone."""
    if process.poll() is None:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            process.kill()  # gone already, or not yet in a session of its own
    process.wait()
