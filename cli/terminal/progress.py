"""Progress of a command."""

import sys
import time
from typing import Any

_WIDTH = 30


class Bar:
    """A progress bar on a terminal; elsewhere, a line for every tenth."""

    def __init__(self, total: int, unit: str, out: Any = None) -> None:
        self._total = max(total, 1)
        self._unit = unit
        self._out = out or sys.stderr
        self._started = time.monotonic()
        self._tenth = 0

    def show(self, done: int) -> None:
        share = min(1.0, done / self._total)
        rate = done / max(time.monotonic() - self._started, 1e-9)
        left = max(0, self._total - done) / max(rate, 1e-9)
        text = f"{done:,} of {self._total:,} {self._unit}, {rate:.0f}/s, {left:.0f} s left"
        if self._out.isatty():
            filled = round(_WIDTH * share)
            self._out.write(f"\r[{'#' * filled}{'.' * (_WIDTH - filled)}] {text}   ")
        elif int(10 * share) > self._tenth:
            self._tenth = int(10 * share)
            self._out.write(f"{10 * self._tenth} %: {text}\n")
        self._out.flush()

    def end(self) -> None:
        if self._out.isatty():
            self._out.write("\n")
