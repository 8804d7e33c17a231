"""Reads ground truth: a CSV of live photos and of attacks with their instruments."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..collection import InputError, labelled_rows
from .figures import LIVE

COLUMNS = ("file", "instrument", "subject")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One photo and its labels."""

    file: str
    instrument: str
    """LIVE, or the labeller's name for the instrument."""
    subject: str
    """The person whom it shows."""


def read_labels(path: Path) -> list[Labelled]:
    """Parse a CSV file with the columns file, instrument ("live" or an attack's) and subject.

    Raises InputError, with the line number, for anything else.
    """
    rows = [_labelled(row, where) for row, where in labelled_rows(path, COLUMNS)]
    if not any(row.instrument == LIVE for row in rows):
        raise InputError(f"{path} must list live photos.")
    return rows


def _labelled(row: dict[str, str | None], where: str) -> Labelled:
    values = [(row[name] or "").strip() for name in COLUMNS]
    if not all(values):
        raise InputError(f"{where}: {', '.join(COLUMNS)} must not be empty.")
    file, instrument, subject = values
    # "Live" among "live" would count as an attack.
    return Labelled(str(PurePosixPath(file)), LIVE if instrument.lower() == LIVE else instrument, subject)
