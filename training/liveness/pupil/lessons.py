"""What the pupil learns from: crops of many pictures, with the teachers' answers and whether an attack is shown."""

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from visage.faces.appearance.recapture import READ_OFF, READ_OFF_SIDE, read_off
from visage.faces.types import Face

from ...data import load
from .. import teachers
from ..faces import CACHE
from ..photos import LIVE, MOTLEY, Photo
from ..simulated.recapture import PRINT, SCREEN, Shot, recapture, rephotograph
from .variations import Picture, cut, vary

VARIANTS = 3
"""Lessons made of one picture."""
SHARES = {MOTLEY: 0.26, "liveness/screen": 0.13, "liveness/video": 0.04, "lfw_dev": 0.12, "ffhq": 0.12, "mask": 0.1}
SHARES |= {"detection": 0.08, "celeba": 0.07, "utkface": 0.06, "blink": 0.02}
"""Of the pictures, by set: a set's photos share it evenly."""
CLOSE = 0.35
"""Share of the simulated recaptures that fill their picture. Fewer than the first network's: `cut` cuts many near."""
BLOCK = 16
"""Pictures that one process makes at a time."""
VERSION = "2"
"""Of what is done to the pictures; a new one makes all lessons again."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """One row per lesson; the `VARIANTS` of one picture follow each other."""

    crops: np.ndarray
    """uint8 (n, 2, side, side, 3), RGB"""
    answers: np.ndarray
    """float32 (n, 2, 3): the teachers' logits."""
    embeddings: np.ndarray
    """float16 (n, 2, 128): the teachers' last features."""
    attack: np.ndarray
    """bool (n,)"""
    source: np.ndarray
    """str (n,): the set of the photo."""

    def without(self, sets: Sequence[str]) -> "Lessons":
        """The lessons of all other sets' photos."""
        rows = ~np.isin(self.source, sets)
        return Lessons(*(getattr(self, name)[rows] for name in Lessons.__slots__))


def lessons(data: Path, folder: Path, taken: Sequence[tuple[Photo, Face]], count: int, workers: int) -> Lessons:
    """Make `count` lessons of these photos, or read them from the cache; `folder` holds the teachers."""
    random = np.random.default_rng(5)
    source = np.array([photo.source for photo, _ in taken])
    chance = np.array([SHARES[name] / (source == name).sum() for name in source])
    picked = random.choice(len(taken), count // VARIANTS, p=chance / chance.sum())
    names = [VERSION, str(count), *(taken[row][0].file for row in picked)]
    stored = CACHE / f"lessons-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:16]}.npz"
    if not stored.exists():
        work = [(number, *taken[row]) for number, row in enumerate(picked)]
        blocks = [work[start : start + BLOCK] for start in range(0, len(work), BLOCK)]
        with ProcessPoolExecutor(workers) as pool:
            made = zip(*pool.map(partial(_block, data, folder), blocks), strict=True)
            parts = [np.concatenate(part) for part in made]
        kept = dict(zip(("crops", "answers", "embeddings", "attack"), parts, strict=True))
        np.savez(stored, **kept, source=np.repeat(source[picked], VARIANTS))
    with np.load(stored) as arrays:
        return Lessons(**{name: arrays[name] for name in Lessons.__slots__})


def _block(data: Path, folder: Path, work: Iterable[tuple[int, Photo, Face]]) -> tuple[np.ndarray, ...]:
    crops, attack = [], []
    for number, photo, face in work:
        random = np.random.default_rng((7, number))
        picture, is_attack = _picture(Shot(load(data / photo.file), face), photo.instrument != LIVE, data, random)
        picture = cut(picture, random)
        for varied in (vary(picture, random) for _ in range(VARIANTS)):
            crops.append([read_off(varied.pixels, varied.box, share) for share in READ_OFF])
            attack.append(is_attack)
    crops = np.array(crops).reshape(-1, len(READ_OFF), READ_OFF_SIDE, READ_OFF_SIDE, 3)
    answers, embeddings = teachers.answers(crops, folder)
    return crops, answers, np.float16(embeddings), np.array(attack)


def _picture(shot: Shot, attack: bool, data: Path, random: np.random.Generator) -> tuple[Picture, bool]:
    """The photo as it is, photographed again, or recaptured; and whether it then shows an attack."""
    dice = random.random()
    if dice < (0.25 if attack else 0.14):
        shot = rephotograph(shot, random)
    elif not attack and dice < 0.58:
        room = load(random.choice(_rooms(data)))
        close = random.random() < CLOSE
        shot, attack = recapture(shot, SCREEN if dice < 0.38 else PRINT, room, random, close), True
    return Picture(shot.pixels, shot.face.box), attack


@cache
def _rooms(data: Path) -> list[Path]:
    return sorted((data / "noface").rglob("*.jpg"))
