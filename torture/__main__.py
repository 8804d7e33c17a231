"""`python -m torture [--seed N] [--part NAME ...]`: every part in turn; the figures go into docs/reliability.md."""

import argparse
import random
import sys
import time
from importlib import import_module

from torture.report import is_long, publish
from torture.rows import Row

SECONDS = {
    "requests": 210,
    "signatures": 60,
    "images": 120,
    "addresses": 40,
    "servers": 30,
    "faults": 150,
    "clocks": 30,
    "load": 60,
    "lasting": 120,
}
"""What each part may take: 14 minutes together."""
LONG = {"faults": 1800, "load": 400, "lasting": 900}
"""What a part may take where TORTURE=long, if not five times as long: every fault has its turn, floods last two minutes
each, and there are ten thousand calls."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=random.randrange(10**6), help="to repeat a run; at random otherwise"
    )
    parser.add_argument("--part", action="append", choices=SECONDS, help="only this one; repeatable")
    options = parser.parse_args()
    found: dict[str, tuple[list[Row], float]] = {}
    print(f"seed {options.seed}")
    for name in options.part or SECONDS:
        started = time.monotonic()
        rows = import_module(f"torture.parts.{name}").run(options.seed, _seconds(name))
        found[name] = rows, time.monotonic() - started
        for row in rows:
            print(
                f"{'ok ' if row.holds else 'BAD'} {row.what}: {row.tried:,} tried, {row.bad:,} bad. {row.figure}",
                flush=True,
            )
            for example in row.examples:
                print(f"      {example}", flush=True)
    publish(found, options.seed)
    return 0 if all(row.holds for rows, _seconds in found.values() for row in rows) else 1


def _seconds(part: str) -> float:
    return LONG.get(part, 5 * SECONDS[part]) if is_long() else SECONDS[part]


if __name__ == "__main__":
    sys.exit(main())
