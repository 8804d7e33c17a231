"""Joins the faces' labels and the people they show."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from visage.faces.appearance.attributes import QUESTIONS

from ...data import lfw_files
from .. import labels, people
from ..chips import Chips
from ..samples import APPEAL, COLUMN, FIRST, RARE, _part, _person
from .drawn.kinds import KINDS, MASKED
from .faces import faces

ANCHOR = 0.25
"""Weight of the first network's answer where there is no label: it keeps what that network knows."""
LABELLED = ("respirator", "glasses")
"""The questions that are learnt from labels. Learning hats and bald heads this way made the splits' networks worse than
the first one, so these learn from drawn pictures only."""
OBJECT = 3.5
"""Weight, in the last layer, of the label that a drawn object is no mask, and that a drawn mask is one."""
COVERS = frozenset({"mouth_hand_object", "mouth_near_mic_chin"})
SPLITS = 3
LOOKED = Path(__file__).with_name("looked.csv")
"""Labels by eye of a second round, in the format of the folder above."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """One row per face."""

    names: list[str]
    """<set>/<file>"""
    pixels: np.ndarray
    """uint8 (n, ROOM, ROOM, 3)"""
    targets: np.ndarray
    """float32 (n, QUESTIONS): 0 to 1; NaN if unlabelled."""
    looked: np.ndarray
    """bool (n, QUESTIONS): labelled by eye because a network was unsure."""
    bare: np.ndarray
    """bool (n, 2): without a mask, without glasses, by the first labels; things may be drawn on these faces."""
    masked: np.ndarray
    """bool (n,): in a mask, by the first labels."""
    covered: np.ndarray
    """bool (n,): a real hand, microphone or thing is at the mouth, by eye; for checking only."""
    person: np.ndarray
    """float64 (n,): a number for each person, 0 to 1."""
    split: np.ndarray
    """int (n,): 0 to SPLITS - 1, the same for all faces of a person."""
    unseen: np.ndarray
    """bool (n,): the first network was trained on no face of this person."""
    held_back: np.ndarray
    """bool (n,): the network that ships was not trained on it."""
    half: np.ndarray
    """int (n,): 0 or 1, the same for all faces of a person; no half is calibrated on itself."""

    @property
    def sets(self) -> np.ndarray:
        return np.array([name.partition("/")[0] for name in self.names])


def read(data: Path, workers: int) -> Material:
    chips = faces(data, workers)
    names = [f"{name}/{file}" for name, each in chips.items() for file in each.files]
    targets, looked = _said(names, data)
    bare = targets[:, [COLUMN["respirator"], COLUMN["glasses"]]] == 0
    by_eye = labels.by_eye(data)
    masked = targets[:, COLUMN["respirator"]] == 1
    _look_again(names, targets, looked)
    place = _persons(chips, names, workers)
    part = np.array([_part(name) for name in _first_names(names, data)])
    fresh = np.array([name.startswith("lfw_single/") for name in names])
    told = frozenset(labels.HELD_BACK.read_text().split())
    listed = np.array([labels.digest(name) in told for name in names])
    sets = np.array([name.partition("/")[0] for name in names])
    by_list = np.isin(sets, ("celeba", "ffhq", "with_mask", "without_mask", "yale"))
    held_back = np.where(by_list, listed, part >= FIRST)
    return Material(
        names,
        np.concatenate([each.pixels for each in chips.values()]),
        targets,
        looked,
        bare,
        masked,
        np.array([bool(COVERS & by_eye.get(name, frozenset())) for name in names]),
        place,
        (place * SPLITS).astype(int),
        _whole_persons(held_back | fresh, place),
        _whole_persons(held_back, place),
        (place * 2 * SPLITS).astype(int) % 2,
    )


def _said(names: list[str], data: Path) -> tuple[np.ndarray, np.ndarray]:
    told, looked, by_eye = labels.told(data) | labels.lfw(data), labels.looked(), labels.by_eye(data)
    targets = np.full((len(names), len(QUESTIONS)), np.nan, np.float32)
    seen = np.zeros(targets.shape, bool)
    for row, name in enumerate(names):
        if name.startswith(("lfw_", "utkface/")):
            targets[row, COLUMN["respirator"]] = 0
        for question, answer in told.get(name, {}).items():
            targets[row, COLUMN[question]] = answer
        for question, answer in looked.get(labels.digest(name), {}).items():
            targets[row, COLUMN[question]], seen[row, COLUMN[question]] = answer, True
        if "balding_do_not_score" in by_eye.get(name, ()):
            targets[row, COLUMN["bald"]] = np.nan
    return targets, seen


def _look_again(names: list[str], targets: np.ndarray, looked: np.ndarray) -> None:
    """Add labels by eye of glasses, where there were none and the first network was unsure."""
    again = labels.looked(LOOKED)
    for row, name in enumerate(names):
        for question, answer in again.get(labels.digest(name), {}).items():
            targets[row, COLUMN[question]], looked[row, COLUMN[question]] = answer, True


def _persons(chips: dict[str, Chips], names: list[str], workers: int) -> np.ndarray:
    """A number 0 to 1 for each face, by a hash of the person."""
    rows: dict[str, int] = {}
    told = [(rows.setdefault(_person(name), row), row) for row, name in enumerate(names)]
    vectors = np.concatenate([people.embeddings(each, workers) for each in chips.values()])
    alike = np.array([people.ALIKE_MASKED if "_mask/" in name else people.ALIKE for name in names])
    group = people.groups(vectors, alike, len(names), told)
    leaders = {each: min(names[row] for row in np.flatnonzero(group == each)) for each in np.unique(group)}
    return np.array([_share(leaders[each]) for each in group])


def _share(name: str) -> float:
    return int(hashlib.sha256(f"split {name}".encode()).hexdigest()[:8], 16) / 2**32


def _first_names(names: list[str], data: Path) -> Iterator[str]:
    """The name by which the first training knew each face's person: in LFW, that of the person's first image."""
    images: dict[str, str] = {}
    for file in lfw_files(data):
        images.setdefault(file.partition("/")[0], file)
    for name in names:
        folder, _, file = name.partition("/")
        yield f"{folder}/{images[file.partition('/')[0]]}" if folder == "lfw_dev" else name


def _whole_persons(chosen: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The faces of people all of whose faces are chosen."""
    broken = np.unique(place[~chosen])
    return chosen & ~np.isin(place, broken)


def answers(
    material: Material, rows: np.ndarray, kinds: np.ndarray, anchors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights (n, QUESTIONS) of pictures of these faces with these kinds of things drawn on them.

    `anchors` (faces, QUESTIONS): the first network's answers.
    """
    said = ~np.isnan(material.targets)
    said &= np.isin(np.arange(len(QUESTIONS)), [COLUMN[question] for question in LABELLED])
    targets = np.where(said, material.targets, anchors)[rows].astype(np.float32)
    weights = np.where(said, 1.0, ANCHOR)[rows].astype(np.float32)
    changed = {kind: {"respirator": 0.0, "smile": None, "mustache": None} for kind in KINDS}
    changed |= dict.fromkeys(MASKED, {"respirator": 1.0, "smile": None, "mustache": None})
    changed["thin_glasses"] = {"glasses": 1.0, "sunglasses": 0.0}
    changed["headscarf"] = {"hat": 1.0, "bald": 0.0, "bang": None, "long": None}
    for kind, answered in changed.items():
        of = np.flatnonzero(kinds == kind)
        for question, answer in answered.items():
            targets[of, COLUMN[question]] = 0.5 if answer is None else answer
            weights[of, COLUMN[question]] = 0.0 if answer is None else OBJECT if question == "respirator" else 0.7
    return targets, weights


def appeal(material: Material) -> np.ndarray:
    """float64 (n,): how often each face is shown, relative to others."""
    factor = np.ones(len(material.names))
    for question, preference in RARE.items():
        factor = np.maximum(factor, np.where(material.targets[:, COLUMN[question]] == 1, preference, 1.0))
    usual = APPEAL | {"lfw_single": 1.5, "utkface": 0.7, "with_mask": 2.0}
    return factor * np.array([usual[each] for each in material.sets])
