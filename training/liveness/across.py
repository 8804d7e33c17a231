"""What the networks find in sources that they never saw: python -m training.liveness.across

Judges all photos of the sets that no network has learnt from by the shipped networks, and those of the others by
networks that are taught anew without them, at the rates that other sources' live faces have set; and compares with two
published networks. What was taught and judged once is kept in .build/liveness. With --card the table goes into the
network's card as well.
"""

import argparse
import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from visage.faces.appearance.recapture import recapture, unjudgeable
from visage.faces.detection.detect import detect_largest
from visage.faces.imaging.light import LIGHT
from visage.settings import models

from ..data import DATA, load
from . import teachers
from .faces import CACHE
from .folds import FOLDS, folds
from .layer import use
from .never_seen import BEGIN, END, Source, table
from .photos import MOTLEY, UNSEEN, WHOLE, Photo, unseen
from .pupil import card
from .samples import deal

NO_FACE = np.nan


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m training.liveness.across",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=DATA.parent / "models", help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="default: one per core")
    parser.add_argument("--card", action="store_true", help="write the table into the card as well")
    arguments = parser.parse_args()
    lines = "\n".join(table(list(sources(arguments.data, arguments.teachers, arguments.threads))))
    print(lines)
    if arguments.card:
        before, _, after = card.FILE.read_text().partition(BEGIN)
        card.FILE.write_text(f"{before}{BEGIN}\n{lines}\n{END}{after.partition(END)[2]}")


def sources(data: Path, teachers: Path, workers: int) -> Iterator[Source]:
    """Every set with live faces and attacks, CelebA-Spoof's whole photos twice: their cameras were seen, and not."""
    others = unseen(data)
    judged = partial(_judged, data=data, folder=teachers, workers=workers)
    for name in UNSEEN:
        shown = [photo for photo in others if photo.source == name]
        yield Source(_short(name) + (", cameras seen" if name == WHOLE else ""), shown, judged(models(), shown))
    dealt = deal(data, workers)
    subject = {photo.file: str(subject) for photo, subject in zip(dealt.taken, dealt.subject, strict=True)}
    known = [replace(photo, subject=subject.get(photo.file, photo.subject)) for photo in dealt.shown]
    for fold, layer in folds(data, teachers, workers).items():
        for name in (*FOLDS[fold], *((WHOLE,) if MOTLEY in FOLDS[fold] else ())):
            shown = [photo for photo in (*known, *others) if photo.source == name]
            yield Source(f"{_short(name)}, left out", shown, judged(layer, shown))


def _short(name: str) -> str:
    return name.removeprefix("liveness/")


def _judged(layer: Path, photos: Sequence[Photo], data: Path, folder: Path, workers: int) -> np.ndarray:
    networks = (layer / f"{name}.onnx" for name in ("recapture", "recapture_pupil", "centerface"))
    names = [hashlib.sha256(path.read_bytes()).hexdigest() for path in networks]
    names += [str(LIGHT), *(photo.file for photo in photos)]
    stored = CACHE / f"unseen-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:16]}.npy"
    if not stored.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(workers, initializer=use, initargs=(layer,)) as pool:
            np.save(stored, np.array(list(pool.map(partial(_judge, data, folder), photos, chunksize=8))))
    return np.load(stored)


def _judge(data: Path, folder: Path, photo: Photo) -> tuple[float, float, float]:
    image = load(data / photo.file)
    face = detect_largest(image)
    if face is None:
        return NO_FACE, NO_FACE, 0.0
    judgeable = unjudgeable(image.shape, face.box) is None
    return recapture(image, face), teachers.attack(image, face, folder), float(judgeable)


if __name__ == "__main__":
    main()
