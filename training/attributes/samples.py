"""Joins every face with its labels, and decides who is held back."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visage.faces.appearance.attributes import QUESTIONS
from visage.faces.imaging.align import levelling
from visage.faces.imaging.geometry import apply

from ..data import lfw_files, utkface_files
from . import labels, parts, people, teachers
from .chips import ROOM, ROOM_SHARE, Chips, chips
from .logistic import Logistic
from .parts import Hat, Measures

TRAIN, CALIBRATE, FIRST, SECOND = range(4)
"""Parts: training, calibration, and two halves for checking; no half is calibrated on itself."""
CHECKED, CALIBRATED = 0.3, 0.12
"""Shares of the people held back for checking, and for calibration."""
UNASKED = "utkface"
"""The last set, whose crops are too tight for hair: teachers are not asked about it."""
APPEAL = {"celeba": 3.0, "ffhq": 3.0, "yale": 0.3, "lfw_dev": 1.0, "utkface": 0.1}
APPEAL |= {"with_mask": 0.5, "without_mask": 1.0}
"""How often a set's faces are shown in training, before rare answers are preferred."""
RARE = {"hat": 3.0, "sunglasses": 5.0, "glasses": 2.0, "mustache": 2.5, "bald": 3.0, "bang": 2.0}
"""How much more often a face is shown when people gave it this label."""
LOOKED_AT = 2.0
"""The same for a face labelled by eye because a network was unsure."""
TRUST = {"smile": 0.5, "hat": 0.4, "bang": 0.5, "bald": 0.5, "glasses": 0.3, "long": 0.7}
"""Weight of teachers' answers relative to people's."""
WHOLE_HAT = 0.25
"""Minimum area of a hat that is cut out."""
UNHATTED = 0.05
"""Thresholds from which hat, hair and forehead count as seen."""
BALD_AT_MOST = 0.1
"""A teacher's "bald" counts up to this probability only: it takes short and light hair for none."""
LONG, SHORT = 0.12, 0.02
"""Hair below the mouth: long from the first threshold, short up to the second, unlabelled in between."""
IMAGES_A_PERSON = 3
COLUMN = {question: number for number, question in enumerate(QUESTIONS)}


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """One row per face."""

    names: list[str]
    """<set>/<file>"""
    pixels: np.ndarray
    """uint8 (n, ROOM, ROOM, 3)"""
    points: np.ndarray
    """float64 (n, 5, 2), in the chip."""
    targets: np.ndarray
    """float32 (n, QUESTIONS): probability of yes; NaN if unknown."""
    weights: np.ndarray
    """float32 (n, QUESTIONS): confidence in that."""
    said: np.ndarray
    """bool (n, QUESTIONS): labelled by people, in the set or by eye; otherwise a teacher's answer."""
    looked: np.ndarray
    """bool (n, QUESTIONS): labelled by eye."""
    smiling: np.ndarray
    """float32 (n,): degree of the smile according to the blendshapes, 0–1."""
    appeal: np.ndarray
    """float64 (n,): how often the face is shown relative to others."""
    part: np.ndarray
    """int (n,): TRAIN, CALIBRATE, FIRST or SECOND."""
    covers: dict[int, np.ndarray]
    """Rows of faces that certainly wear a hat → its position in the chip, float32 (ROOM, ROOM)."""

    def hats(self, rows: np.ndarray) -> list[Hat]:
        return [Hat(self.pixels[row], self.covers[row]) for row in rows.tolist() if row in self.covers]


def read(data: Path, networks: Path, workers: int) -> Samples:
    """The faces of all development sets; `networks` is the folder of the teachers."""
    sets = {name: chips(data / folder, files, name == "lfw_dev", workers) for name, folder, files in _files(data)}
    names = [f"{name}/{file}" for name, each in sets.items() for file in each.files]
    asked = [
        teachers.Opinions.none(len(each.files)) if name == UNASKED else teachers.opinions(each, networks, workers)
        for name, each in sets.items()
    ]
    measures = Measures.joined([parts.measure(*both) for both in zip(sets.values(), asked, strict=True)])
    smiling, mask = (np.concatenate([getattr(each, name) for each in asked]) for name in ("smile", "mask"))
    part = _parts(sets, names, workers)
    targets, looked = _said(names, data)
    said = ~np.isnan(targets)
    weights = np.ones_like(targets)
    _ask_teachers(names, targets, weights, said, measures, smiling, part >= FIRST)
    _doubt_masks(targets, weights, mask)
    rows = [(*both, row) for both in zip(sets.values(), asked, strict=True) for row in range(len(both[0].files))]
    covers = {
        row: parts.cover(each.face(place), opinions.parts[place], parts.HAT)
        for row, (each, opinions, place) in enumerate(rows)
        if targets[row, COLUMN["hat"]] == 1 and measures.hat[row] > WHOLE_HAT
    }
    pixels = np.concatenate([each.pixels for each in sets.values()])
    points = np.concatenate([_points(each) for each in sets.values()])
    appeal = _appeal(names, targets, said, looked.any(axis=1))
    return Samples(names, pixels, points, targets, weights, said, looked, smiling, appeal, part, covers)


def _files(data: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Name, folder and files of each set."""
    for name, folder in labels.FOLDERS.items():
        yield name, folder, sorted(path.name for path in (data / folder).iterdir() if path.suffix != ".md")
    counted: Counter[str] = Counter()
    few = []
    for file in lfw_files(data):
        person = file.split("/")[0]
        counted[person] += 1
        if counted[person] <= IMAGES_A_PERSON:
            few.append(file)
    yield "lfw_dev", "lfw_dev", few
    yield "utkface", "utkface", utkface_files(data)


def _points(chips: Chips) -> np.ndarray:
    faces = [chips.face(row) for row in range(len(chips.files))]
    return np.stack([apply(levelling(face, ROOM_SHARE, ROOM), face.points.astype(np.float64)) for face in faces])


def _parts(sets: dict[str, Chips], names: list[str], workers: int) -> np.ndarray:
    """The part of each face, by a hash of the person: nobody is in two parts, not even across sets.

    In LFW and Yale the name identifies the person; elsewhere similar faces count as one person's. UTKFace shows nearly
    everybody once, and the embeddings of some of its groups are too similar.
    """
    rows: dict[str, int] = {}
    told = [(rows.setdefault(_person(name), row), row) for row, name in enumerate(names)]
    vectors = np.concatenate([people.embeddings(each, workers) for name, each in sets.items() if name != UNASKED])
    alike = np.array([people.ALIKE_MASKED if "_mask/" in name else people.ALIKE for name in names[: len(vectors)]])
    group = people.groups(vectors, alike, len(names), told)
    first = {each: min(names[row] for row in np.flatnonzero(group == each)) for each in np.unique(group)}
    return np.array([_part(first[each]) for each in group])


def _person(name: str) -> str:
    kind, _, file = name.partition("/")
    return {"lfw_dev": file.partition("/")[0], "yale": file.partition(".")[0]}.get(kind, name)


def _part(person: str) -> int:
    place = int(hashlib.sha256(person.encode()).hexdigest()[:8], 16) / 2**32
    ends = ((FIRST, CHECKED / 2), (SECOND, CHECKED), (CALIBRATE, CHECKED + CALIBRATED))
    return next((part for part, end in ends if place < end), TRAIN)


def _said(names: list[str], data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Labels by people, and whether they were made by eye; sets from before 2020 contain no masks."""
    told, looked = labels.told(data), labels.looked()
    targets = np.full((len(names), len(QUESTIONS)), np.nan, np.float32)
    seen = np.zeros(targets.shape, bool)
    for row, name in enumerate(names):
        if name.startswith(("lfw_dev/", "utkface/")):
            targets[row, COLUMN["respirator"]] = 0
        for question, answer in told.get(name, {}).items():
            targets[row, COLUMN[question]] = answer
        for question, answer in looked.get(labels.digest(name), {}).items():
            targets[row, COLUMN[question]], seen[row, COLUMN[question]] = answer, True
    return targets, seen


def _ask_teachers(
    names: list[str],
    targets: np.ndarray,
    weights: np.ndarray,
    said: np.ndarray,
    measures: Measures,
    smiling: np.ndarray,
    check: np.ndarray,
) -> None:
    """Fill in unlabelled answers from the teachers' numbers, by regressions on labels that are not for checking."""
    masked = targets[:, COLUMN["respirator"]] == 1
    asked = ~np.isnan(smiling)
    labelled = np.array([name.startswith(("celeba/", "ffhq/")) for name in names])
    bare = measures.hat < UNHATTED
    root = {name: np.sqrt(getattr(measures, name)) for name in Measures.__slots__}
    numbers = {
        "smile": ([smiling], ~masked),
        "hat": ([root["hat"], measures.hat], asked),
        "bang": ([measures.fringe, root["fringe"], root["hat"]], bare),
        "bald": ([root["hair"], root["top"]], bare),
        "glasses": ([root["glasses"]], ~masked),
    }
    for question, (columns, sensible) in numbers.items():
        column, design, sensible = COLUMN[question], np.column_stack(columns), sensible & asked
        learn = said[:, column] & labelled & sensible & ~check
        likely = Logistic.fit(design[learn], targets[learn, column])(design)
        fill = sensible & ~said[:, column]
        targets[fill, column], weights[fill, column] = likely[fill], TRUST[question]
        if question == "bald":
            weights[fill & (likely > BALD_AT_MOST), column] = 0
    long = np.where(measures.below > LONG, 1.0, np.where(measures.below < SHORT, 0.0, np.nan))
    fill = asked & ~said[:, COLUMN["long"]]
    targets[fill, COLUMN["long"]], weights[fill, COLUMN["long"]] = long[fill], TRUST["long"]
    hidden = masked & ~said[:, COLUMN["mustache"]]
    targets[hidden, COLUMN["mustache"]], weights[hidden, COLUMN["mustache"]] = 0, 0.2


def _doubt_masks(targets: np.ndarray, weights: np.ndarray, mask: np.ndarray) -> None:
    """A photo's largest face is not always the one that its folder is about: if the teacher disagrees, ignore both."""
    worn = targets[:, COLUMN["respirator"]]
    weights[((worn == 1) & (mask < 0.3)) | ((worn == 0) & (mask > 0.8)), COLUMN["respirator"]] = 0


def _appeal(names: list[str], targets: np.ndarray, said: np.ndarray, looked: np.ndarray) -> np.ndarray:
    factor = np.where(looked, LOOKED_AT, 1.0)
    for question, preference in RARE.items():
        yes = said[:, COLUMN[question]] & (targets[:, COLUMN[question]] == 1)
        factor = np.maximum(factor, np.where(yes, preference, 1.0))
    usual = np.array([APPEAL[name.partition("/")[0]] for name in names])
    return factor * np.where(looked, np.maximum(usual, 1.0), usual)
