"""`python -m bench.flame`: where the processor time of a CompareFaces goes, as a tree of calls.

The stack is looked at a thousand times a second of processor time. A look that comes while a network or Pillow runs is
late, so each counts for the time since the one before it.
"""

import argparse
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from bench.figures import RESULTS

Stack = tuple[str, ...]
_EVERY = 0.001
_LEAST = 0.01
"""Shares below this are left out."""


@contextmanager
def sampled() -> Iterator[Counter[Stack]]:
    """Seconds of processor time within the block by stack, outermost call first."""
    seconds: Counter[Stack] = Counter()
    last = time.process_time()

    def look(_signal: int, frame: FrameType | None) -> None:
        nonlocal last
        now = time.process_time()
        seconds[_stack(frame)] += now - last
        last = now

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, _EVERY, _EVERY)
    try:
        yield seconds
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def tree(seconds: Counter[Stack], root: str, calls: int) -> Iterator[str]:
    """A line for each call below `root`: its share of the root's time, its milliseconds in one of so many calls."""
    below: Counter[Stack] = Counter()
    for stack, taken in seconds.items():
        if root in stack:
            inner = stack[stack.index(root) :]
            for depth in range(1, len(inner) + 1):
                below[inner[:depth]] += taken
    whole = below[(root,)]
    for stack in sorted(below, key=lambda stack: [(-below[stack[:end]], stack[:end]) for end in range(len(stack) + 1)]):
        if below[stack] >= _LEAST * whole:
            share, each = below[stack] / whole, 1000 * below[stack] / calls
            yield f"{share:6.1%} {each:7.2f} ms  {'  ' * (len(stack) - 1)}{stack[-1]}"


def _stack(frame: FrameType | None) -> Stack:
    names: list[str] = []
    while frame is not None:
        code = frame.f_code
        file = Path(code.co_filename)
        if "wraps" not in code.co_name and file.name not in ("stages.py", "flame.py"):
            names.append(f"{file.stem}.{code.co_name}")
        frame = frame.f_back
    return tuple(reversed(names))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flame", description=__doc__)
    parser.add_argument("--calls", type=int, default=200, metavar="N", help="comparisons (default: 200)")
    calls = parser.parse_args().calls
    os.environ |= {"VISAGE_MODELS": str(RESULTS.with_name("models"))}
    os.environ |= dict.fromkeys(("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"), "-")
    from bench.parts.compare import work
    from bench.photos import SMALL, photo

    compare: Callable[[], Any] = work(photo(SMALL), photo(SMALL, "obama2.jpg"))
    compare()
    with sampled() as seconds:
        for _ in range(calls):
            compare()
    print(f"n = {calls}; of a comparison's processor time:")
    print("\n".join(tree(seconds, "compare.<lambda>", calls)))


if __name__ == "__main__":
    main()
