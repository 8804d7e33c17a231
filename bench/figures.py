"""What a part measured: figures, their table, and the file that keeps them."""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / ".build" / "bench"
_SHORTEST = 0.5
"""Milliseconds: what takes less differs by more than a guard's 15 % from run to run."""
_COLUMNS = (58, 13, 13, 7, 6, 5)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of a table."""

    what: str
    value: float
    unit: str
    n: int = 1
    floor: float | None = None
    """What it is held against, in the same unit and from the same run."""
    of: str = ""
    """What the floor is, or a remark."""
    ratio: float | None = None
    """Where value and floor were measured in pairs, the median over the pairs of their quotients; else it is the
    quotient of both."""
    goal: float | None = None
    """What the ratio should not exceed. A figure with a goal is a claim, and guarded by `make bench-check`."""

    @property
    def quotient(self) -> float | None:
        if self.ratio is not None:
            return self.ratio
        return self.value / self.floor if self.floor else None

    def line(self) -> str:
        floor = f"{self.floor:,.4g} {self.unit}" if self.floor is not None else ""
        ratio = f"{self.quotient:.2f}" if self.quotient is not None else ""
        goal = f"{self.goal:g}" if self.goal is not None else ""
        return _row(self.what, f"{self.value:,.4g} {self.unit}", floor, ratio, goal, str(self.n), self.of)


@dataclass(slots=True)
class Result:
    """What became of a part."""

    part: str
    figures: list[Figure] = field(default_factory=list)
    failed: str = ""
    """Why it is not complete: what raised, in one line."""
    skipped: str = ""
    """Why it was not tried, in one sentence."""
    date: str = field(default_factory=lambda: datetime.now(UTC).date().isoformat())
    machine: str = field(default_factory=lambda: machine())

    def write(self, folder: Path = RESULTS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.part}.json").write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Result":
        content: dict[str, Any] = json.loads(path.read_text())
        return cls(**content | {"figures": [Figure(**figure) for figure in content["figures"]]})

    def claims(self) -> dict[str, float]:
        """The ratios that have goals, by what was measured; not those to a floor too short to be timed so well."""
        goals = [each for each in self.figures if each.goal is not None and each.quotient]
        return {each.what: each.quotient for each in goals if each.unit != "ms" or each.floor >= _SHORTEST}


class Skip(Exception):
    """A part cannot be measured here; the message says why in one sentence."""


def head() -> str:
    return _row("what", "measured", "floor", "ratio", "goal", "n", "the floor is")


def results(folder: Path = RESULTS) -> Iterable[Result]:
    return [Result.read(path) for path in sorted(folder.glob("*.json"))]


def machine() -> str:
    """The processor, how many of it, and what runs there."""
    try:
        named = Path("/proc/cpuinfo").read_text().partition("model name")[2].splitlines()[0].strip(" \t:")
    except (OSError, IndexError):
        named = platform.machine()
    return f"{named}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _row(what: str, *cells: str) -> str:
    *figures, remark = cells
    widths = zip(figures, _COLUMNS[1:], strict=True)
    return f"{what:<{_COLUMNS[0]}}{''.join(f'{cell:>{width}}' for cell, width in widths)}  {remark}".rstrip()
