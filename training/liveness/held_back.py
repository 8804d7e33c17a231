"""Writes which photos are held back for checking: python -m training.liveness.held_back FILE

FILE is the input of `python -m evaluation.liveness ../shared/data --labels FILE`.
"""

import argparse
import csv
import hashlib
from pathlib import Path

from evaluation.liveness.labels import COLUMNS

from ..data import DATA
from .photos import Photo, photos

HELD_BACK = Path(__file__).with_name("held_back.txt")
"""Digests of the photos not trained on, each with the number of its subject, as selected by the training command."""


def digest(file: str) -> str:
    return hashlib.sha256(file.encode()).hexdigest()[:16]


def held_back(data: Path) -> list[tuple[Photo, str]]:
    """The photos, each with a number for its subject."""
    subjects = dict(line.split() for line in HELD_BACK.read_text().splitlines())
    return [(photo, subjects[digest(photo.file)]) for photo in photos(data) if digest(photo.file) in subjects]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.liveness.held_back", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    arguments = parser.parse_args()
    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    with arguments.file.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows((photo.file, photo.instrument, subject) for photo, subject in held_back(arguments.data))


if __name__ == "__main__":
    main()
