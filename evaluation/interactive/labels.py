"""Reads which actions clips show, and when: a CSV."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from visage.liveness.actions import Action

from ..collection import InputError, labelled_rows

COLUMNS = ("clip", "person", "half", "rate", "action", "first", "last")


@dataclass(frozen=True, slots=True)
class Shown:
    """An action in a clip, labelled by eye."""

    action: Action
    first: int
    last: int
    """Indexes of its first and last frame."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording of one person, as images in the order of their names."""

    name: str
    """Its folder."""
    person: str
    half: str
    """"chosen" if limits were chosen on it, "reported" otherwise."""
    rate: float
    """Frames a second."""
    shown: tuple[Shown, ...]


def read_clips(path: Path) -> list[Clip]:
    """Parse a CSV file with a row for each action. Raises InputError, with the line number."""
    rows = [_row(row, where) for row, where in labelled_rows(path, COLUMNS)]
    clips = dict.fromkeys(head for head, _ in rows)
    return [Clip(*head, tuple(shown for other, shown in rows if other == head)) for head in clips]


def _row(row: dict[str, str | None], where: str) -> tuple[tuple[str, str, str, float], Shown]:
    try:
        shown = Shown(Action(row["action"]), int(row["first"] or ""), int(row["last"] or ""))
        head = (row["clip"] or "", row["person"] or "", row["half"] or "", float(row["rate"] or ""))
    except ValueError as error:
        raise InputError(f"{where}: {error}.") from error
    if not all(head) or not 0 <= shown.first <= shown.last:
        raise InputError(f"{where}: clip, person, half and rate must not be empty; first must not come after last.")
    return head, shown


def pictures(folder: Path, clip: str) -> list[np.ndarray]:
    """A clip's frames, uint8 (h, w, 3). Raises InputError if there are none."""
    files = sorted((folder / clip).glob("*.jpg"))
    if not files:
        raise InputError(f"{folder / clip} has no .jpg files.")
    return [np.asarray(Image.open(file).convert("RGB")) for file in files]
