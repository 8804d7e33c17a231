"""The demo's steps, one line each."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One call, its response, and whether the response is as expected."""

    call: str
    answer: str
    expected: str
    good: bool


def print_table(title: str, steps: Sequence[Step]) -> None:
    rows = [(title, "answer", "expected", "")]
    rows += [(step.call, step.answer, step.expected, "ok" if step.good else "NOT AS EXPECTED") for step in steps]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()
