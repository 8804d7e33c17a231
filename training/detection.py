"""Counts faces found, missed and false over the development sets: python -m training.detection"""

import argparse
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visage.faces.detect import detect, detect_largest

from .data import DATA, load

PORTRAITS = {
    "lfw_dev": "*/*.jpg",
    "utkface": "*.jpg",
    "celeba": "images/*.jpg",
    "ffhq": "images/*.jpg",
    "yale": "subject*",
    "mask/without_mask": "*.jpg",
    "mask/with_mask": "*.jpg",
    "liveness/celeba_spoof/live": "*.jpg",
}
SAMPLE = 400
WITH_PEOPLE = {"000010.jpg", "000033.jpg", "000046.jpg", "000081.jpg"}
"""Rooms in which there is a person, a portrait, painted figures or a bust."""
SMALL = 20 / 1280
"""Sides below this share of the photo's longer side are not asked for."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo and the boxes (n, 4) drawn by hand: left, top, width, height."""

    path: Path
    boxes: np.ndarray


def wider(data: Path) -> Iterator[Labelled]:
    folder = data / "detection" / "wider"
    lines = iter((folder / "gt.txt").read_text().splitlines())
    for name in lines:
        rows = [next(lines).split()[:4] for _ in range(int(next(lines)))]
        yield Labelled(folder / "images" / Path(name).name, np.array(rows, float))


def dlib(data: Path) -> Iterator[Labelled]:
    folder = data / "detection" / "dlib"
    for name in ("training.xml", "testing.xml"):
        for image in ElementTree.parse(folder / name).iter("image"):
            rows = [[float(box.get(side)) for side in ("left", "top", "width", "height")] for box in image.iter("box")]
            yield Labelled(folder / image.get("file"), np.array(rows))


def count(labelled: Labelled) -> tuple[int, int, int, int]:
    """Faces large enough, of these found, hits, and of these in no box. A hit lies in a box when its centre does."""
    image = load(labelled.path)
    left, top, width, height = labelled.boxes.T
    wanted = np.maximum(width, height) >= SMALL * max(image.shape[:2])
    centres = np.array([face.box.centre for face in detect(image)]).reshape(-1, 2)
    x, y = centres[:, :1], centres[:, 1:]
    inside = (x >= left) & (x <= left + width) & (y >= top) & (y <= top + height)
    return int(wanted.sum()), int(inside.any(axis=0)[wanted].sum()), len(centres), int((~inside.any(axis=1)).sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    data = parser.parse_args().data
    for name, pattern in PORTRAITS.items():
        files = sorted((data / name).glob(pattern))
        files = random.Random(0).sample(files, min(SAMPLE, len(files)))
        found = sum(detect_largest(load(file)) is not None for file in files)
        print(f"{name:<28} {len(files):>5} images {found:>5} with a face found ({found / len(files):.3f})", flush=True)
    rooms = [file for file in sorted((data / "noface").glob("*.jpg")) if file.name not in WITH_PEOPLE]
    hits = sum(bool(detect(load(file))) for file in rooms)
    print(f"{'noface':<28} {len(rooms):>5} images {hits:>5} with a false hit")
    for name, photos in (("wider", wider(data)), ("dlib", dlib(data))):
        wanted, found, hits, stray = np.sum([count(labelled) for labelled in photos if labelled.path.exists()], axis=0)
        print(f"{name:<28} {wanted:>5} faces  {found:>5} found; {hits} hits, {stray} of them in no box")


if __name__ == "__main__":
    main()
