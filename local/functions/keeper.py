"""Ends idle execution environments: after some minutes, and sooner where they take too much memory together."""

import re
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from local.functions.pool import Pool

IDLE_SECONDS = 180.0
"""How long an idle environment is kept. Lambda keeps them for some minutes as well, and promises nothing."""
IDLE_MEMORY = 320
"""MiB that idle environments may take together, what they share with others aside."""
_LOOK_SECONDS = 2.0


def keep(pools: Collection[Pool]) -> Callable[[], None]:
    """Watch the pools in a thread of its own; returns what ends that."""
    over = threading.Event()

    def watch() -> None:
        seen: dict[int, int] = {}
        while not over.wait(_LOOK_SECONDS):
            seen = tidy(pools, seen)

    watching = threading.Thread(target=watch, name="keeper", daemon=True)
    watching.start()

    def stop() -> None:
        over.set()
        watching.join()

    return stop


def tidy(
    pools: Collection[Pool],
    seen: dict[int, int],
    *,
    seconds: float = IDLE_SECONDS,
    memory: int = IDLE_MEMORY,
    measure: Callable[[int], int] | None = None,
) -> dict[int, int]:
    """End the environments that are idle for too long, then those that are idle longest, as long as all together take
    more than `memory` MiB. Returns the measured memory by process; `seen` holds that of the last time."""
    now, taken = time.monotonic(), 0
    idle = sorted(((since, pid, pool) for pool in pools for since, pid in pool.idle()), key=lambda each: -each[0])
    kept: dict[int, int] = {}
    for since, pid, pool in idle:
        # What an idle process takes does not change: it is measured anew only if it has worked since.
        size = seen[pid] if pid in seen and now - since > 2 * _LOOK_SECONDS else (measure or private_memory)(pid)
        taken += size
        if now - since > seconds or taken > memory:
            pool.retire(pid)
            taken -= size
        else:
            kept[pid] = size
    return kept


def private_memory(pid: int) -> int:
    """MiB that would be free without this process; 0 where the system does not tell (only Linux does)."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(map(int, re.findall(r"^Private_\w+:\s+(\d+) kB", rollup, re.MULTILINE))) // 1024
