"""Reads ground truth: a CSV with a column of files and one per attribute."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from visage.faces.appearance.attributes import Attributes, Estimate

from ..collection import InputError, table

VALUES = {
    "smile": ("None", "Smile"),
    "glasses": ("None", "Wear", "Sunglass"),
    "respirator": ("None", "Wear"),
    "hat": ("None", "Wear"),
    "mustache": ("None", "Has"),
    "bang": ("None", "Has"),
    "hairstyle": ("Bald", "Long", "Short"),
}
"""The values of each attribute, as in the API; a smile is one from a degree of 0.5."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One photo and its labels."""

    file: str
    truth: dict[str, frozenset[str]]
    """Attribute → correct values; unlabelled attributes are absent."""


def estimates(attributes: Attributes) -> dict[str, Estimate]:
    """The attributes by name, as in VALUES."""
    smile = Estimate(VALUES["smile"][attributes.smile_degree >= 0.5], attributes.smile_rate)
    return {"smile": smile} | {name: getattr(attributes, name) for name in VALUES if name != "smile"}


def read_labels(path: Path) -> list[Labelled]:
    """Parse a CSV file with the column file and at least one attribute, a key of VALUES.

    A cell contains a value, several acceptable ones ("Wear|Sunglass"), or nothing if unknown. Raises InputError, with
    the line number, for anything else.
    """
    with table(path) as reader:
        columns = reader.fieldnames or ()
        known = [name for name in VALUES if name in columns]
        if "file" not in columns or not known:
            raise InputError(
                f"{path} must have the column file and at least one of {', '.join(VALUES)} in its first line."
            )
        rows = [_labelled(row, known, f"{path}, line {reader.line_num}") for row in reader]
    if not any(row.truth for row in rows):
        raise InputError(f"{path} contains no labels.")
    return rows


def _labelled(row: dict[str, str | None], known: list[str], where: str) -> Labelled:
    file = (row["file"] or "").strip()
    if not file:
        raise InputError(f"{where}: a label needs a file.")
    truth = {}
    for name in known:
        meant = frozenset(value.strip() for value in (row[name] or "").split("|")) - {""}
        if unknown := sorted(meant - set(VALUES[name])):
            raise InputError(f"{where}: {name} must be {', '.join(VALUES[name])} or empty, not '{unknown[0]}'.")
        if meant:
            truth[name] = meant
    return Labelled(str(PurePosixPath(file)), truth)
