"""Every face for training and checking, and who is held back."""

import hashlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.lib.format import open_memmap

from visage.faces.types import Face

from ..attributes import people
from ..data import load
from . import chips
from .faces import CACHE, Faces, faces
from .photos import CROWDS, FEW, LIVE, MOTLEY, Photo, photos
from .simulated.recapture import PRINT, SCREEN, Shot, recapture, rephotograph

TRAIN, DEVELOP, CHECK = range(3)
"""Parts: training, setting thresholds, and checking."""
CHECKED, DEVELOPED = 0.2, 0.15
"""Shares of the people."""
DEALT = (TRAIN, TRAIN, CHECK, CHECK, TRAIN, DEVELOP)
"""Parts of the people of small sets, those with the most images first."""
ALIKE, ALIKE_MASKED = 0.5, 0.65
"""Similarities from which faces in live photos count as the same person."""
SHOTS = {SCREEN: 2600, PRINT: 2600, LIVE: 3000}
"""Number of simulated pictures of each kind; "live" ones only pass through another camera."""
STOCK = {"lfw_dev": 1.0, "ffhq": 1.2, "mask": 0.8, "celeba": 1.0, "detection": 2.0, "utkface": 0.3, "blink": 2.0}
STOCK |= {"liveness/screen": 0.7, "liveness/video": 2.0, MOTLEY: 0.5}
"""How often a set's faces are used for simulation, relative to others."""
SIMULATION = "2"
"""Version of the simulation; a new one renders all pictures again."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One row per picture of a face."""

    key: str
    """Changes with the pictures."""
    names: np.ndarray
    """str (n,): the file."""
    faces: list[tuple[str, Face]]
    """File and face of the rows that are not simulated, which come first."""
    pixels: tuple[np.ndarray, ...]
    """uint8 (n, side, side, 4), one per view, as cropped by `chips`."""
    instrument: np.ndarray
    """str (n,): LIVE, or the instrument: mixed, screen, print."""
    source: np.ndarray
    """str (n,): the set."""
    simulated: np.ndarray
    """bool (n,)"""
    subject: np.ndarray
    """int (n,): the subject."""
    faceless: Counter[str]
    """Photos without a face, by instrument: they have no rows."""
    part: np.ndarray
    """int (n,): TRAIN, DEVELOP or CHECK; all pictures of one person have the same."""

    @property
    def attack(self) -> np.ndarray:
        """bool (n,)"""
        return self.instrument != LIVE


@dataclass(frozen=True, slots=True, eq=False)
class Dealt:
    """The faces of the development sets, one per row, and the part that each was dealt to."""

    shown: list[Photo]
    """Every photo, also those without a face."""
    found: Faces
    taken: list[Photo]
    """The photo of each row."""
    subject: np.ndarray
    """int (n,)"""
    part: np.ndarray
    """int (n,): TRAIN, DEVELOP or CHECK."""

    def rows(self, rows: np.ndarray) -> list[tuple[Photo, Face]]:
        return [(self.taken[row], self.found.face(row)) for row in rows]


def deal(data: Path, workers: int) -> Dealt:
    """Find the faces and deal the people out."""
    shown = photos(data)
    found = faces(data, shown, workers)
    taken = [shown[number] for number in found.photo]
    subject = _subjects(taken, found)
    source = np.array([photo.source for photo in taken])
    return Dealt(shown, found, taken, subject, _parts([photo.file for photo in taken], source, subject))


def read(data: Path, workers: int) -> Samples:
    """The faces of the development sets, and simulated recaptures of them."""
    dealt = deal(data, workers)
    shown, found, taken, subject, part = dealt.shown, dealt.found, dealt.taken, dealt.subject, dealt.part
    source, instrument = (np.array([getattr(photo, name) for photo in taken]) for name in ("source", "instrument"))
    origin, medium = _simulated(source, instrument)
    key = hashlib.sha256(repr([found.photo, found.boxes.tobytes(), chips.VIEWS, chips.ROOM]).encode()).hexdigest()[:16]
    work = [(row, "") for row in range(len(taken))]
    real = _pixels(f"real-{key}", data, taken, found, work, workers)
    work = list(zip(origin.tolist(), medium.tolist(), strict=True))
    digest = hashlib.sha256(repr([key, SIMULATION, work]).encode()).hexdigest()[:16]
    simulated = _pixels(f"simulated-{digest}", data, taken, found, work, workers)
    rows = np.concatenate([np.arange(len(taken)), origin])
    kinds = np.concatenate([instrument, np.where(medium == LIVE, instrument[origin], medium)])
    return Samples(
        key=digest,
        names=np.array([photo.file for photo in taken])[rows],
        faces=[(photo.file, found.face(row)) for row, photo in enumerate(taken)],
        pixels=tuple(np.concatenate(both) for both in zip(real, simulated, strict=True)),
        instrument=kinds,
        source=source[rows],
        simulated=np.arange(len(rows)) >= len(taken),
        subject=subject[rows],
        faceless=Counter(photo.instrument for number, photo in enumerate(shown) if number not in set(found.photo)),
        part=part[rows],
    )


def _subjects(taken: list[Photo], found: Faces) -> np.ndarray:
    """Subjects according to the sets, and by similarity among live faces outside photos of several people: int (n,)."""
    first: dict[str, int] = {}
    crowd = [photo.source == CROWDS for photo in taken]
    names = [f"{photo.subject} {row if crowd[row] else ''}" for row, photo in enumerate(taken)]
    named = [(first.setdefault(name, row), row) for row, name in enumerate(names)]
    alike = np.full(len(taken), ALIKE)
    for row, photo in enumerate(taken):
        if photo.source == "mask":
            alike[row] = ALIKE_MASKED
        if photo.source == "utkface" or (photo.source == MOTLEY and photo.instrument != LIVE):
            alike[row] = np.inf
    return people.groups(found.vectors, alike, len(taken), named)


def _parts(files: list[str], source: np.ndarray, subject: np.ndarray) -> np.ndarray:
    few = Counter(subject[np.isin(source, FEW)].tolist())
    dealt = {person: DEALT[place % len(DEALT)] for place, (person, _) in enumerate(few.most_common())}
    first: dict[int, str] = {}
    for person, file in zip(subject.tolist(), files, strict=True):
        first[person] = min(file, first.get(person, file))
    parts = {person: dealt.get(person, _part(file)) for person, file in first.items()}
    return np.array([parts[person] for person in subject.tolist()])


def _part(name: str) -> int:
    place = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
    return CHECK if place < CHECKED else DEVELOP if place < CHECKED + DEVELOPED else TRAIN


def _simulated(source: np.ndarray, instrument: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which faces are simulated with which medium: rows (m,) and media (m,)."""
    random = np.random.default_rng(0)
    chance = np.array([STOCK[name] for name in source])
    origin, medium = [], []
    for kind, number in SHOTS.items():
        allowed = chance if kind == LIVE else chance * (instrument == LIVE)
        origin.append(random.choice(len(source), number, p=allowed / allowed.sum()))
        medium += [kind] * number
    return np.concatenate(origin), np.array(medium)


def _pixels(
    name: str, data: Path, taken: list[Photo], found: Faces, work: list[tuple[int, str]], workers: int
) -> list[np.ndarray]:
    """uint8 (len(work), side, side, 4), one per view: faces as they are or on a medium; cached."""
    stored = [CACHE / f"{name}-{number}.npy" for number in range(len(chips.VIEWS))]
    if not all(path.exists() for path in stored):
        unfinished = [path.with_suffix(".part") for path in stored]
        shapes = [(len(work), side, side, 4) for side in chips.sides()]
        arrays = [open_memmap(path, "w+", np.uint8, shape) for path, shape in zip(unfinished, shapes, strict=True)]
        jobs = [(number, data / taken[row].file, found.face(row), kind) for number, (row, kind) in enumerate(work)]
        rooms = sorted((data / "noface").rglob("*.jpg"))
        with ProcessPoolExecutor(workers) as pool:
            for number, cut in enumerate(pool.map(partial(_cut, rooms), jobs, chunksize=16)):
                for array, chip in zip(arrays, cut, strict=True):
                    array[number] = chip
        for before, after in zip(unfinished, stored, strict=True):
            before.rename(after)
    return [np.load(path, mmap_mode="r") for path in stored]


def _cut(rooms: list[Path], job: tuple) -> list[np.ndarray]:
    number, path, face, kind = job
    shot = Shot(load(path), face)
    random = np.random.default_rng((1, number))
    if kind == LIVE:
        shot = rephotograph(shot, random)
    elif kind:
        shot = recapture(shot, kind, _room(rooms[random.integers(len(rooms))]), random)
    return chips.chips(shot.pixels, shot.face)


@cache
def _room(path: Path) -> np.ndarray:
    return load(path)
