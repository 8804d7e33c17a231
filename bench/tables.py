"""The tables of docs/performance.md, made of what was measured: `python -m bench.check --commit` writes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.__main__ import PARTS
from bench.figures import Figure, Result

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- python -m bench.check --commit -->", "<!-- end -->"
_HEAD = "| | measured | floor | ratio | goal | n | the floor is |\n|---|---:|---:|---:|---:|---:|---|"


def write(measured: Sequence[Result], document: Path = DOCUMENT) -> None:
    """Put the tables of these parts between the document's marks, and leave those of others as they are."""
    before, _mark, rest = document.read_text().partition(BEGIN)
    inside, _mark, after = rest.partition(END)
    tables = _sections(inside) | {result.part: _table(result) for result in measured if result.figures}
    ordered = [tables[part] for part in PARTS if part in tables]
    document.write_text("\n\n".join([before + BEGIN, *ordered, END + after]))


def _table(result: Result) -> str:
    title = f"### {result.part}: {PARTS[result.part]}\n\n{result.date}, {result.machine}."
    failed = f" It was not finished: {result.failed}." if result.failed else ""
    return "\n".join([title + failed, "", _HEAD, *map(_row, result.figures)])


def _row(figure: Figure) -> str:
    missed = figure.goal is not None and figure.quotient is not None and figure.quotient > figure.goal
    what = f"… {figure.what.strip()}" if figure.what.startswith(" ") else figure.what
    cells = [
        what,
        _amount(figure.value, figure.unit),
        "" if figure.floor is None else _amount(figure.floor, figure.unit),
        "" if figure.quotient is None else f"**{figure.quotient:.2f}**" if figure.goal else f"{figure.quotient:.2f}",
        "" if figure.goal is None else f"{figure.goal:g}{', missed' if missed else ''}",
        str(figure.n),
        figure.of,
    ]
    return f"| {' | '.join(cells)} |"


def _amount(value: float, unit: str) -> str:
    return f"{value:,.0f} {unit}".strip() if value >= 100 else f"{value:.3g} {unit}".strip()


def _sections(text: str) -> dict[str, str]:
    """The tables that are there, by part."""
    return dict(_parts(text.strip()))


def _parts(text: str) -> Iterator[tuple[str, str]]:
    for section in filter(None, text.split("### ")):
        yield section.partition(":")[0], f"### {section}".strip()
