"""Web servers that mean harm: each image ends in time, with a reason, and within bounds of memory."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from torture.rows import Row
from torture.targets.deployment import deployed

T = TypeVar("T")
SLACK = 1.0
"""Seconds beyond a fetch's own limit."""
MOST = 64
"""MiB of memory beyond which a fetch of an image of 20 MB is too greedy."""
_AT_ONCE = 8
_TRIES = 3
"""Others use the machine, too: who was late is tried again alone, and the least counts."""


def run(seed: int, seconds: float) -> list[Row]:
    row = Row("hostile web servers", 0)
    with deployed(), _rogues() as ports, ThreadPoolExecutor(_AT_ONCE) as pool:
        answers, megabytes = growth(lambda: list(pool.map(_one, ports.values())))
        told = dict(zip(ports, answers, strict=True))
        for name, port in ports.items():
            for _ in range(_TRIES - 1):
                if "late" in told[name][0]:
                    told[name] = min(told[name], _one(port), key=lambda each: each[1])
        for name, (wrong, _lasted) in told.items():
            row.tried += 1
            if wrong:
                row.blame(f"a server that {name}: {wrong}")
    slowest = max(lasted for _wrong, lasted in told.values())
    row.figure = (
        f"later than {_limit():g} s, greedy, or without a reason; the slowest took {slowest:.1f} s, "
        f"{_AT_ONCE} at once {megabytes:.0f} MiB"
    )
    if megabytes > _AT_ONCE * MOST:
        row.blame(f"{megabytes:.0f} MiB at once")
    return [row]


@contextmanager
def _rogues() -> Iterator[Mapping[str, int]]:
    """The servers' ports, which the deployment allows."""
    from visage.settings import settings

    command = [sys.executable, "-m", "torture.attacks.rogues"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        ports = json.loads(process.stdout.readline())
        os.environ["VISAGE_PRIVATE_ADDRESSES"] = ",".join(f"127.0.0.1:{port}" for port in ports.values())
        settings.cache_clear()
        try:
            yield ports
        finally:
            del os.environ["VISAGE_PRIVATE_ADDRESSES"]
            settings.cache_clear()
            process.stdin.close()


def _limit() -> float:
    from visage.media.limits import GREEN

    return GREEN.seconds + SLACK


def _one(port: int) -> tuple[str, float]:
    """What went wrong, and how long it took."""
    from visage.errors import VisageError
    from visage.media.fetch import fetch
    from visage.media.limits import GREEN

    started = time.monotonic()
    try:
        got = len(fetch(f"http://127.0.0.1:{port}/", GREEN))  # what is no image is the decoder's to refuse
        wrong = f"{got} bytes were taken" if got > GREEN.bytes else ""
    except VisageError:
        wrong = ""
    except Exception as error:
        wrong = f"{type(error).__name__}: {error}"
    lasted = time.monotonic() - started
    return wrong or (f"late, after {lasted:.1f} s" if lasted > _limit() else ""), lasted


def growth(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` returns, and by how many MiB this process grew at its peak."""
    _peak()  # forgets what was taken before
    before = _peak()
    return work(), _peak() - before


def _peak() -> float:
    """MiB that this process had at most since it was asked last."""
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    Path("/proc/self/clear_refs").write_text("5")
    return peak
