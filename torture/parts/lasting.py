"""Ten thousand mixed calls, by four clients who wait for each answer: no process grows.

The local AWS keeps what it is given, and the stack ends processes that have long been idle: neither is measured.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from local.stack import Stack
from torture.parts.load import MIX, each, unlimited
from torture.rows import Row

GROWTH = 0.05
"""Share by which the memory of a process may grow while it answers `CALLS`."""
CALLS = 10_000
_WARM = 1_000
"""Calls before that, in which a process takes what it needs; fewer where they take a quarter of the time."""


def run(seed: int, seconds: float) -> list[Row]:
    """Memory and descriptors of the functions' processes, before and after."""
    now = time.monotonic()
    with unlimited() as remote:
        each(remote, now + seconds / 4, _WARM)
        before = _measured(remote.stack)
        answered = each(remote, now + seconds, CALLS)
        after = _measured(remote.stack)
    lasted = before.keys() & after.keys()
    row = Row(f"calls one after the other, by {len(lasted)} processes of functions", sum(answered.values()))
    for status, number in answered.items():
        if status != 200:
            row.blame(f"{number} answered {status}")
    if len(lasted) < len(set(MIX)):
        row.blame(f"only {len(lasted)} processes lasted")
        return [row]
    grown = sorted(after[name][0] / before[name][0] - 1 for name in lasted)
    for name in lasted:
        (memory, files), (memory_then, files_then) = before[name], after[name]
        if memory_then > memory * (1 + GROWTH) or files_then > files:
            row.blame(f"process {name}: {memory} KiB became {memory_then}, {files} descriptors {files_then}")
    row.figure = (
        f"memory grew by {100 * grown[len(grown) // 2]:.1f} % in the middle and {100 * grown[-1]:.1f} % at most, "
        f"descriptors by {sum(after[name][1] - before[name][1] for name in lasted)}"
    )
    return [row]


def _measured(stack: Stack) -> Mapping[str, tuple[int, int]]:
    """Memory (KiB) and descriptors of each process of a function, by its id."""
    found = {}
    for pid in stack.processes:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
            memory = int(status.partition("VmRSS:")[2].split()[0])
            found[str(pid)] = memory, len(list(Path(f"/proc/{pid}/fd").iterdir()))
        except (OSError, IndexError, ValueError):
            continue
    return found
