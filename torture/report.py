"""The figures of a run, in docs/reliability.md."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from torture.rows import Row

FILE = Path(__file__).parent.parent / "docs" / "reliability.md"
_BEGIN, _END = "<!-- {}: begin -->", "<!-- {}: end -->"


def is_long() -> bool:
    """Whether this is the long run."""
    return os.environ.get("TORTURE") == "long"


def publish(found: Mapping[str, tuple[Sequence[Row], float]], seed: int) -> None:
    """Replace each part's table by what it found now."""
    text = FILE.read_text()
    for name, (rows, seconds) in found.items():
        begin, end = _BEGIN.format(name), _END.format(name)
        head, _begin, rest = text.partition(begin)
        if not _begin:
            continue
        tail = rest.partition(end)[2]
        text = f"{head}{begin}\n{_table(name, rows, seconds, seed)}\n{end}{tail}"
    FILE.write_text(text)


def _table(name: str, rows: Sequence[Row], seconds: float, seed: int) -> str:
    day = datetime.now(UTC).date().isoformat()
    lines = ["| what | tried | bad | |", "|---|---:|---:|---|"]
    lines += [f"| {row.what} | {row.tried:,} | {row.bad:,} | {row.figure} |" for row in rows]
    long = "TORTURE=long " if is_long() else ""
    command = f"`{long}make torture PART={name} SEED={seed}`"
    return "\n".join([*lines, "", f"{command}, {day}, {seconds:.0f} s."])
