"""Counts faces found, missed and false over the development sets: python -m training.detection"""

import argparse
import random
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.attributes.figures import wilson
from visage.faces.detection.detect import detect, detect_largest

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
SMALLEST = 24
"""Minimum longer side, in pixels, of the labelled faces that count."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A photo and the boxes (n, 4) drawn by hand: left, top, width, height."""

    path: Path
    boxes: np.ndarray


def sample(files: list[Path]) -> list[Path]:
    """The files that are measured: at most `SAMPLE` of these, at random."""
    return random.Random(0).sample(files, min(SAMPLE, len(files)))


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


def count(labelled: Labelled, smallest: float) -> tuple[int, int, int, int]:
    """Counts of faces large enough, those found, hits, and hits in no box. A hit is in a box when its centre is."""
    image = load(labelled.path)
    left, top, width, height = labelled.boxes.T
    wanted = np.maximum(width, height) >= smallest
    centres = np.array([face.box.centre for face in detect(image)]).reshape(-1, 2)
    x, y = centres[:, :1], centres[:, 1:]
    inside = (x >= left) & (x <= left + width) & (y >= top) & (y <= top + height)
    return int(wanted.sum()), int(inside.any(axis=0)[wanted].sum()), len(centres), int((~inside.any(axis=1)).sum())


def interval(count: int, total: int) -> str:
    """A share and its 95 % interval, as text."""
    share = wilson(count, total)
    return f"{count:>5} of {total:<5} {share.value:.3f} [{share.low:.3f} - {share.high:.3f}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--sets", nargs="+", default=[*PORTRAITS, "noface", "wider", "dlib"], help="default: all")
    parser.add_argument("--animals", type=Path, help="folder of photos of animals without people")
    options = parser.parse_args()
    data = options.data
    for name in filter(options.sets.__contains__, PORTRAITS):
        files = sample(sorted((data / name).glob(PORTRAITS[name])))
        found = sum(detect_largest(load(file)) is not None for file in files)
        print(f"{name:<28} {interval(found, len(files))} with a face found", flush=True)
    empty = {"noface": [file for file in sorted((data / "noface").glob("*.jpg")) if file.name not in WITH_PEOPLE]}
    if options.animals:
        empty["animals"] = sorted(options.animals.iterdir())
    for name, files in empty.items():
        if name in options.sets or name == "animals":
            hits = [file.name for file in files if detect(load(file))]
            print(f"{name:<28} {interval(len(hits), len(files))} with a false hit {' '.join(hits)}", flush=True)
    for name, photos in (("wider", wider), ("dlib", dlib)):
        if name in options.sets:
            counts = [count(labelled, SMALLEST) for labelled in photos(data) if labelled.path.exists()]
            wanted, found, hits, stray = np.sum(counts, axis=0).tolist()
            print(f"{name:<28} {interval(found, wanted)} boxes from {SMALLEST} px; {hits} hits, {stray} in no box")


if __name__ == "__main__":
    main()
