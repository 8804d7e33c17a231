"""Joins the faces' labels, the people they show, and the first network's features of every picture."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from visage.faces.appearance.attributes import QUESTIONS
from visage.faces.landmarks.mesh import meshes
from visage.faces.types import Box, Face

from ...data import lfw_files, load
from .. import augment, labels, people
from ..chips import CACHE, ROOM, ROOM_SHARE, Chips
from ..samples import APPEAL, COLUMN, FIRST, RARE, _part, _person
from . import first
from .faces import faces
from .objects import KINDS, LEFT_OUT, Scene
from .worn import cloth_mask, headscarf, thin_glasses

ANCHOR = 0.25
"""Weight of the first network's answer where there is no label: it keeps what that network knows."""
LABELLED = ("respirator", "glasses")
"""The questions that are learnt from labels. Learning hats and bald heads this way made the splits' networks worse than
the first one, so these learn from drawn pictures only."""
OBJECT = 3.5
"""Weight of the label that a drawn object is no mask, and that a drawn mask is one."""
VARIED = 2
"""Augmented pictures of each face."""
DRAWN = {**dict.fromkeys(KINDS, 80), "thin_glasses": 320, "headscarf": 150, "mask": 200}
CLOTH_MASKS = 280
"""How many pictures are drawn of each kind."""
WORN = {each.__name__: each for each in (thin_glasses, headscarf, cloth_mask)}
SPLITS = 3
HARD = 80
"""Pictures of each kind of object for checking."""
_BATCH = 32
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


def mesh(chip: np.ndarray) -> np.ndarray:
    """The mesh points (468, 2) of the face in a chip: every chip has its face at the same place and size."""
    side = ROOM / ROOM_SHARE
    box = Box((ROOM - side) / 2, (ROOM - side) / 2, side, side)
    level = np.array([[-0.24, -0.16], [0.24, -0.16], [0, 0.06], [-0.18, 0.28], [0.18, 0.28]])
    face = Face(box, 1.0, (ROOM / 2 + side * level).astype(np.float32))
    return meshes(chip, [face])[0].points[:, :2].astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One row per picture."""

    seen: np.ndarray
    """float16 (n, 512 * VIEWS): input of the last layer."""
    row: np.ndarray
    """int (n,): the face."""
    kind: np.ndarray
    """str (n,): what is drawn on it; empty for nothing."""


def shown(material: Material, network: Path, data: Path) -> Shown:
    """Pictures to train on: every face augmented, some with something drawn on them. Cached."""
    rows = np.repeat(np.arange(len(material.names)), VARIED)
    drawn = [(kind, row) for kind, count in DRAWN.items() for row in _wearers(material, kind, count)]
    plan = [("", int(row)) for row in rows] + drawn
    masks = [("cloth_mask", row) for row in _wearers(material, "cloth_mask", CLOTH_MASKS)]
    parts = [
        _seen(material, network, data, each, varied=True, seed=seed) for seed, each in enumerate((plan, masks), start=1)
    ]
    return Shown(*(np.concatenate([getattr(part, name) for part in parts]) for name in Shown.__slots__))


def plain(material: Material, network: Path, data: Path) -> Shown:
    """Every face as the deployed code crops it."""
    plan = [("", row) for row in range(len(material.names))]
    return _seen(material, network, data, plan, varied=False, seed=0)


def hard(material: Material, network: Path, data: Path, count: int = HARD) -> Shown:
    """Objects before the mouths of people whom the first network has not seen, as the deployed code crops them.

    Kinds and people are those that a split's network was trained without.
    """
    random = np.random.default_rng(77)
    plan = []
    for split, kinds in enumerate(LEFT_OUT):
        of_split = material.unseen & (material.split == split)
        bare = np.flatnonzero(of_split & material.bare[:, 0])
        plan += [
            (kind, row) for kind in kinds for row in random.choice(bare, count, replace=len(bare) < count).tolist()
        ]
    return _seen(material, network, data, plan, varied=False, seed=3)


def _wearers(material: Material, kind: str, count: int) -> list[int]:
    """Faces on which this kind may be drawn."""
    fit = np.flatnonzero(material.bare[:, 1 if kind == "thin_glasses" else 0])
    random = np.random.default_rng(int.from_bytes(kind.encode()[:6]))
    return random.choice(fit, count, replace=len(fit) < count).tolist()


def _seen(
    material: Material, network: Path, data: Path, plan: list[tuple[str, int]], *, varied: bool, seed: int
) -> Shown:
    told = [hashlib.sha256(network.read_bytes()).hexdigest(), f"10 {varied} {seed}", *material.names]
    key = hashlib.sha256("\n".join([*told, *map(str, plan)]).encode()).hexdigest()[:16]
    stored = CACHE / f"seen-{key}.npy"
    if not stored.exists():
        batches = _pictures(material, data, plan, varied, seed)
        np.save(stored, np.concatenate([first.seen(network, batch) for batch in batches]))
    kinds, rows = zip(*plan, strict=True)
    return Shown(np.load(stored), np.array(rows), np.array(kinds))


def _pictures(
    material: Material, data: Path, plan: list[tuple[str, int]], varied: bool, seed: int
) -> Iterator[np.ndarray]:
    """The plan's pictures in batches, uint8 (n, SIDE, SIDE, 3)."""
    random, generator = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
    photos = [load(path) for path in sorted((data / "noface").glob("*.jpg"))[seed % 2 : 40 : 2]]
    for start in range(0, len(plan), _BATCH):
        chips = [draw(material, kind, row, photos, random) for kind, row in plan[start : start + _BATCH]]
        batch = torch.from_numpy(np.stack(chips)).permute(0, 3, 1, 2).float()
        batch = augment.vary(batch, generator) if varied else augment.middle(batch)
        yield batch.permute(0, 2, 3, 1).round().to(torch.uint8).numpy()


def draw(material: Material, kind: str, row: int, photos: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
    """The chip of a face, with something of this kind drawn on it."""
    chip = np.asarray(material.pixels[row])
    if not kind:
        return chip
    points = mesh(chip)
    if kind == "mask":
        five = [points[list(pair)].mean(axis=0) for pair in ((33, 133), (362, 263))]
        return augment.wear_mask(chip, np.stack([*five, points[1], points[61], points[291]]), random)
    others = [np.asarray(material.pixels[each]) for each in random.integers(0, len(material.names), 4)]
    scene = Scene(chip, points, photos, others)
    return {**KINDS, **WORN}[kind](scene, random)


def answers(material: Material, pictures: Shown, anchors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Targets and weights of each picture, (n, QUESTIONS) each.

    `anchors` (faces, QUESTIONS): the first network's answers.
    """
    said = ~np.isnan(material.targets)
    said &= np.isin(np.arange(len(QUESTIONS)), [COLUMN[question] for question in LABELLED])
    targets = np.where(said, material.targets, anchors)[pictures.row].astype(np.float32)
    weights = np.where(said, 1.0, ANCHOR)[pictures.row].astype(np.float32)
    changed = {kind: {"respirator": 0.0, "smile": None, "mustache": None} for kind in KINDS}
    changed |= dict.fromkeys(("mask", "cloth_mask"), {"respirator": 1.0, "smile": None, "mustache": None})
    changed["thin_glasses"] = {"glasses": 1.0, "sunglasses": 0.0}
    changed["headscarf"] = {"hat": 1.0, "bald": 0.0, "bang": None, "long": None}
    for kind, answered in changed.items():
        of = np.flatnonzero(pictures.kind == kind)
        for question, answer in answered.items():
            targets[of, COLUMN[question]] = 0.5 if answer is None else answer
            weights[of, COLUMN[question]] = 0.0 if answer is None else OBJECT if question == "respirator" else 0.7
    appeal = np.where(pictures.kind == "", _appeal(material)[pictures.row], 1.0)
    return targets, weights * appeal[:, None].astype(np.float32)


def _appeal(material: Material) -> np.ndarray:
    factor = np.ones(len(material.names))
    for question, preference in RARE.items():
        factor = np.maximum(factor, np.where(material.targets[:, COLUMN[question]] == 1, preference, 1.0))
    usual = APPEAL | {"lfw_single": 1.5, "utkface": 0.7, "with_mask": 2.0}
    return factor * np.array([usual[each] for each in material.sets])
