"""Reads which photos are live, and the instruments of the others: a CSV."""

import csv
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..collection import InputError
from .figures import LIVE

COLUMNS = ("file", "instrument", "subject")


@dataclass(frozen=True, slots=True)
class Labelled:
    """One photo and its labels."""

    file: str
    instrument: str
    """LIVE, or the labeller's name of the instrument."""
    subject: str
    """Whom it shows."""


def read_labels(path: Path) -> list[Labelled]:
    """Parse a CSV file with the columns file, instrument ("live" or an attack's) and subject.

    Raises InputError, with the line number, for anything else.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not set(COLUMNS) <= set(reader.fieldnames or ()):
                raise InputError(f"{path} must have the columns {', '.join(COLUMNS)} in its first line.")
            rows = [_labelled(row, f"{path}, line {reader.line_num}") for row in reader]
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is not a CSV file in UTF-8.") from error
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
