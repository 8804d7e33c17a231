"""Measures interactive liveness: python -m evaluation.interactive DATA [--clips CSV] [--only PART] [--photos N]

DATA contains clips of people and recorded attacks; the CSV labels the people's actions. Prints pass rates and every
refusal.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ..collection import InputError
from ..command import prepare
from .attacks import approached
from .generated import puppets, swaps
from .judging import Row
from .labels import pictures, read_clips
from .orders import orders
from .table import people, photos, replays

_ATTACKED = {
    "replays on a screen, filmed": ("liveness/video/apfol_fake2", "liveness/video/lestari_fake"),
}
_SINGLE = ("nuaa", "access", "screen")
"""Sets of attacks stored as single pictures: frames in the order of their names, grouped by person."""
PARTS = ("people", "photos", "replays", "swaps", "puppets", "orders")
_MOST = 120
"""Maximum pictures from one set."""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m evaluation.interactive",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="the folder of the sets")
    parser.add_argument(
        "--clips", type=Path, required=True, metavar="CSV", help="clip, person, half, rate, action, first, last"
    )
    parser.add_argument("--only", choices=PARTS, help="one part of the table")
    parser.add_argument("--photos", type=int, default=16, metavar="N", help="people in the photos (default: 16)")
    parser.add_argument("--worn", type=int, default=2, metavar="N", help="faces that others wear (default: 2)")
    arguments = parser.parse_args()
    prepare()
    # From the end: limits were chosen on portraits at the beginning.
    portraits = sorted(arguments.data.glob("ffhq/images/*.jpg"), reverse=True)
    parts = {
        "people": lambda: people(arguments.data, read_clips(arguments.clips)),
        "photos": lambda: photos(portraits, arguments.photos),
        "replays": lambda: _replays(arguments.data),
        "swaps": lambda: swaps(arguments.data, read_clips(arguments.clips), portraits, arguments.worn),
        "puppets": lambda: puppets(portraits, arguments.photos),
        "orders": lambda: orders(arguments.data, read_clips(arguments.clips)),
    }
    print(f"{'':<44} {'pass':>12} {'by':>3} share, 95 % interval", flush=True)
    for name, part in parts.items():
        if arguments.only in (None, name):
            for row in part():
                _print(row)


def _replays(data: Path) -> Iterator[Row]:
    for name, clips in _ATTACKED.items():
        recorded = {clip: pictures(data, clip) for clip in clips}
        yield from replays(name, recorded)
        yield from replays(f"{name}, face alone", {clip: approached(frames) for clip, frames in recorded.items()})
    for name in _SINGLE:
        yield from replays(f"{name}/", _subjects(data / "liveness", name))


def _subjects(folder: Path, name: str) -> Mapping[str, Sequence[np.ndarray]]:
    by_subject = defaultdict(list)
    rows = [line.split(",") for line in (folder / "index.csv").read_text().splitlines()]
    for file, label, _, subject in sorted(rows[1:]):
        if label == "spoof" and file.startswith(f"{name}/"):
            by_subject[subject].append(file)
    kept = {subject: files[:_MOST] for subject, files in by_subject.items() if len(files) >= 8}
    return {
        subject: [np.asarray(Image.open(folder / file).convert("RGB")) for file in files]
        for subject, files in kept.items()
    }


def _print(row: Row) -> None:
    print(row.line(), flush=True)
    if row.reasons:
        print("    " + ", ".join(f"{reason} {count}" for reason, count in row.reasons.most_common()))
    if row.name.startswith("people"):
        print("".join(f"    refused: {refusal}\n" for refusal in row.refusals), end="", flush=True)


if __name__ == "__main__":
    try:
        main()
    except InputError as error:
        raise SystemExit(str(error)) from error
