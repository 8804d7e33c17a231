"""Output of commands: a table for 80 columns, or JSON for programs."""

import argparse
import json
from collections.abc import Iterable, Sequence
from typing import Any


def add_json_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of a table")


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print a table with minimal column widths and right-aligned numbers."""
    cells = [[str(cell) for cell in row] for row in rows]
    table = [list(head), *cells]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    right = [all(_is_number(row[column]) for row in cells) and bool(cells) for column in range(len(head))]
    for row in table:
        shown = (
            cell.rjust(width) if at_right else cell.ljust(width)
            for cell, width, at_right in zip(row, widths, right, strict=True)
        )  # fmt: skip
        print("  ".join(shown).rstrip())


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", ""))
    except ValueError:
        return text in ("", "-")
    return True
