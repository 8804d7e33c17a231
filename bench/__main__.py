"""`make bench`: prints one table; everything pinned to one core, medians unless stated otherwise."""

import os
import platform
import tempfile
from pathlib import Path

from bench import cold, enrol, pipeline, queued, search, sizes, warm
from bench.report import print_table
from local.stack import serve


def main() -> None:
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    print(f"Python {platform.python_version()}, {platform.machine()}, one core; medians\n")
    small, large = (pipeline.photo(size) for size in pipeline.SIZES.values())
    rows = list(pipeline.rows())
    with tempfile.TemporaryDirectory() as state, serve(port=0, state=Path(state)) as stack:
        rows += warm.rows(stack, small)
        rows += enrol.rows(stack, small)
        rows += queued.rows(stack, small)
        rows += cold.rows(stack, small, large)
    rows += sizes.rows()
    rows += search.rows()
    print_table(rows)


if __name__ == "__main__":
    main()
