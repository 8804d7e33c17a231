"""The photos of the development sets: which are live, and the instruments of the others."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..data import lfw_files

LIVE = "live"
IMAGES_A_PERSON = 1
"""Of LFW, whose people are known."""
EVERY = {"utkface": 6, "mask/with_mask": 3, "mask/without_mask": 2, "blink": 2}
"""Use only every nth image of these sets."""
FOLDERS = ("utkface", "celeba/images", "ffhq/images", "mask/with_mask", "mask/without_mask", "blink")
FOLDERS += ("detection/wider/images", "detection/dlib")
ALONE = "blink"
"""Images of one person."""
CROWDS = "detection"
"""Photos of several people; every face is used."""
MOTLEY = "liveness/celeba_spoof"
"""Attacks of which the index does not say whether they are prints, paper cuts, masks or screens."""

WHOLE = f"{MOTLEY}_whole"
"""Uncut photos of CelebA-Spoof's cameras."""
UNSEEN = ("liveness/nuaa", "liveness/access", "liveness/phone", WHOLE)
"""Sets that no shipped network has learnt from. Some cameras and people of the last one are in the crops, too."""
FEW = ("liveness/screen", "liveness/video")
"""Sets with so few people that these are assigned to training and checking one by one."""
MADE_FOR_LIVENESS = (MOTLEY, *FEW)


@dataclass(frozen=True, slots=True)
class Photo:
    """One image file."""

    file: str
    """Path in the folder of the sets."""
    instrument: str
    """LIVE, or the instrument according to the set: mixed or screen."""
    source: str
    """The set, and for `liveness` its part."""
    subject: str
    """The subject according to the set; the file itself if the set does not say."""


def photos(data: Path) -> list[Photo]:
    """Every photo that is learnt from or held back from that, in a fixed order."""
    return [photo for photo in (*_liveness(data), *_others(data)) if photo.source not in UNSEEN]


def unseen(data: Path) -> list[Photo]:
    """Every photo of the sets that no network has learnt from, in a fixed order."""
    return [photo for photo in _liveness(data) if photo.source in UNSEEN]


def _liveness(data: Path) -> Iterator[Photo]:
    with (data / "liveness" / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            source = f"liveness/{row['file'].partition('/')[0]}"
            instrument = LIVE if row["label"] == "live" else row["attack"]
            # A folder of `screen` shows several people, and one person is in several: similarity decides.
            subject = f"liveness/{row['file']}" if source.endswith("screen") else f"{source}/{row['subject']}"
            yield Photo(f"liveness/{row['file']}", instrument, source, subject)


def _others(data: Path) -> Iterator[Photo]:
    shown: Counter[str] = Counter()
    for file in lfw_files(data):
        person = file.partition("/")[0]
        shown[person] += 1
        if shown[person] <= IMAGES_A_PERSON:
            yield Photo(f"lfw_dev/{file}", LIVE, "lfw_dev", f"lfw_dev/{person}")
    for folder in FOLDERS:
        files = sorted(path.relative_to(data).as_posix() for path in (data / folder).rglob("*.jpg"))
        source = folder.partition("/")[0]
        for file in files[:: EVERY.get(folder, 1)]:
            yield Photo(file, LIVE, source, folder if folder == ALONE else file)
