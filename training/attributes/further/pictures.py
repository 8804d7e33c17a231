"""Draws the pictures of the second teaching, and keeps them."""

import hashlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from visage.faces.landmarks.mesh import meshes
from visage.faces.types import Box, Face

from ...data import load
from ..chips import CACHE, MARGIN, ROOM, ROOM_SHARE
from .drawn.kinds import KINDS, LEFT_OUT, MASKED, WORN
from .drawn.scene import Scene, settled
from .material import Material
from .shared_out import share_out

DRAWN = {**dict.fromkeys(KINDS, 180), **dict.fromkeys(MASKED, 180), "thin_glasses": 320, "headscarf": 100}
"""How many pictures are drawn of each kind."""
HARD = 80
"""Pictures of each kind of object for checking."""
_WHOLE = 0.65
"""Share of what the network is shown that lies in the photo, from which objects are drawn: of a face cut out along its
edges nobody could say whether cloth over mouth and chin is a mask or a scarf."""
_VERSION = 1
"""Raise it when something is drawn otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """One row per picture."""

    pixels: np.ndarray
    """uint8 (n, ROOM, ROOM, 3)"""
    row: np.ndarray
    """int (n,): the face."""
    kind: np.ndarray
    """str (n,): what is drawn on it; empty for nothing."""
    key: str
    """Tells these pictures from others."""


def bare(material: Material) -> Pictures:
    """Every face with nothing drawn on it."""
    rows = np.arange(len(material.names))
    key = hashlib.sha256("\n".join(material.names).encode()).hexdigest()[:16]
    return Pictures(material.pixels, rows, np.full(len(rows), ""), key)


def drawn(material: Material, data: Path, workers: int) -> Pictures:
    """Faces with something drawn on them, to train on. Cached."""
    plan = [(kind, row) for kind, count in DRAWN.items() for row in _wearers(material, kind, count)]
    return _pictures(material, data, plan, 1, workers)


def hard(material: Material, data: Path, workers: int, count: int = HARD) -> Pictures:
    """Objects before the mouths of people whom the first network has not seen. Cached.

    Kinds and people are those that a split's network was trained without.
    """
    random = np.random.default_rng(77)
    plan = []
    for split, kinds in enumerate(LEFT_OUT):
        bare = np.flatnonzero(material.unseen & (material.split == split) & material.bare[:, 0] & _whole(material))
        plan += [
            (kind, row) for kind in kinds for row in random.choice(bare, count, replace=len(bare) < count).tolist()
        ]
    return _pictures(material, data, plan, 2, workers)


def mesh(chip: np.ndarray) -> np.ndarray:
    """The mesh points (468, 2) of the face in a chip: every chip has its face at the same place and size."""
    side = ROOM / ROOM_SHARE
    box = Box((ROOM - side) / 2, (ROOM - side) / 2, side, side)
    level = np.array([[-0.24, -0.16], [0.24, -0.16], [0, 0.06], [-0.18, 0.28], [0.18, 0.28]])
    face = Face(box, 1.0, (ROOM / 2 + side * level).astype(np.float32))
    return meshes(chip, [face])[0].points[:, :2].astype(np.float64)


def _wearers(material: Material, kind: str, count: int) -> list[int]:
    """Faces on which this kind may be drawn."""
    fit = material.bare[:, 1 if kind == "thin_glasses" else 0] & ~material.covered
    fit = np.flatnonzero(fit & _whole(material) if kind in KINDS else fit)
    random = np.random.default_rng(int.from_bytes(hashlib.sha256(kind.encode()).digest()[:6]))
    return random.choice(fit, count, replace=len(fit) < count).tolist()


def _whole(material: Material) -> np.ndarray:
    inner = material.pixels[:, MARGIN:-MARGIN:4, MARGIN:-MARGIN:4]
    return inner.any(axis=3).mean(axis=(1, 2)) >= _WHOLE


def _pictures(material: Material, data: Path, plan: list[tuple[str, int]], seed: int, workers: int) -> Pictures:
    told = "\n".join([f"{_VERSION} {seed}", *material.names, *map(str, plan)])
    key = hashlib.sha256(told.encode()).hexdigest()[:16]
    stored = CACHE / f"drawn-{key}.npy"
    if not stored.exists():
        photos = [load(path) for path in sorted((data / "noface").glob("*.jpg"))[seed % 2 : 40 : 2]]
        part = stored.with_suffix(".part")
        np.lib.format.open_memmap(part, "w+", np.uint8, (len(plan), ROOM, ROOM, 3)).flush()
        share_out(partial(_draw, material, photos, plan, seed, part), len(plan), workers)
        part.rename(stored)
    kinds, rows = zip(*plan, strict=True)
    return Pictures(np.load(stored, mmap_mode="r"), np.array(rows), np.array(kinds), key)


def _draw(
    material: Material, photos: list[np.ndarray], plan: list[tuple[str, int]], seed: int, file: Path, places: range
) -> None:
    """Draw the pictures at these places of the plan into the file."""
    made = np.load(file, mmap_mode="r+")
    for at in places:
        made[at] = draw(material, *plan[at], photos, np.random.default_rng((seed, at)))
    made.flush()


def draw(material: Material, kind: str, row: int, photos: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
    """The chip of a face, with something of this kind drawn on it.

    What is cut out of other people's pictures is of people who are left out of training together with this one.
    """
    chip = np.asarray(material.pixels[row])
    alike = (material.split == material.split[row]) & (material.held_back == material.held_back[row])
    others = np.asarray(material.pixels[np.sort(random.choice(np.flatnonzero(alike), 4))])
    masked = []
    if kind == "another_mask":
        worn = random.choice(np.flatnonzero(alike & material.masked), 1)
        masked = [(material.pixels[each], mesh(material.pixels[each])) for each in worn]
    scene = Scene(chip, mesh(chip), photos, others, masked)
    return settled(chip, {**KINDS, **WORN}[kind](scene, random), random)
