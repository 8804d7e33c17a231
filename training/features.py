"""The faces of LFW, UTKFace and photos of masks, and their embeddings, computed once by the shipped pipeline.

Besides its photo a face has simulated views: drawn accessories, and the portrait on an identity card's chip.
"""

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from math import dist
from pathlib import Path

import numpy as np

from evaluation.embeddings import central_face
from visage.faces import sessions
from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.mesh import mesh
from visage.faces.recognition.embed import SIZE, embed, version
from visage.faces.types import Box, Face

from .calibration.accessories import ACCESSORIES, STYLES
from .calibration.chip_portraits import BYTES, chip_portrait, is_grey
from .data import ROOT, digest, lfw_files, load, masked_files, unique, utkface_files

CACHE = ROOT / ".build" / "features"
PHOTO, CHIP = "photo", "chip"
VIEWS = (PHOTO, CHIP, *ACCESSORIES)
SIZES = (512, 2048, 4096, 8192)
"""Further sizes of chip portraits in bytes: the views "chip-512" and so on."""
DRAWN = {"lfw_dev": 600, "utkface": 1300}
"""How many people of a set get drawn accessories."""
CHIPPED = {"lfw_dev": 900, "utkface": 900}
"""How many people of a set get simulated chip portraits."""
_AWAY = 0.4
"""A face found in a drawn view farther away than this, in sides of its box, is another person's."""


@dataclass(frozen=True, slots=True)
class Source:
    """A set of images with one relevant face in each."""

    folder: str
    files: Callable[[Path], list[str]]
    choose: Callable[[np.ndarray], Face | None]
    """Chooses the relevant face of an image."""

    @property
    def name(self) -> str:
        return self.folder.replace("/", "-")


LFW = Source("lfw_dev", lfw_files, central_face)
"""LFW names the person in the middle of an image, whose face is not always the largest."""
UTKFACE = Source("utkface", utkface_files, detect_largest)
MASKED = Source("mask/with_mask", masked_files, detect_largest)


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """One row per image in which a face was found."""

    files: list[str]
    boxes: np.ndarray
    """float32 (n, 4): left, top, width, height."""
    scores: np.ndarray
    """float32 (n,)"""
    points: np.ndarray
    """float32 (n, 5, 2)"""

    def face(self, row: int) -> Face:
        return Face(Box(*map(float, self.boxes[row])), float(self.scores[row]), self.points[row])


def faces(data: Path, source: Source) -> Faces:
    """The source's faces, from the cache or detected on all cores."""
    files = source.files(data)
    networks = [sessions.sha256("centerface"), sessions.sha256("yunet")]
    stored = _place(f"{source.name}-faces", [*networks, source.choose.__name__, *files])
    if not stored.exists():
        found = _map(partial(_find, source.choose), [data / source.folder / file for file in files])
        rows = [(file, *face) for file, face in zip(files, found, strict=True) if face is not None]
        kept, boxes, scores, points = zip(*rows, strict=True)
        np.savez(stored, files=kept, boxes=np.float32(boxes), scores=np.float32(scores), points=np.stack(points))
    with np.load(stored) as arrays:
        return Faces(arrays["files"].tolist(), arrays["boxes"], arrays["scores"], arrays["points"])


def embeddings(data: Path, source: Source, view: str = PHOTO) -> np.ndarray:
    """float32 (n, 128): of all faces, or of the `rows` that have the view; NaN where no face is found in it."""
    found = faces(data, source)
    chosen = range(len(found.files)) if view == PHOTO else rows(source, view, found).tolist()
    files = [found.files[row] for row in chosen]
    stored = _place(f"{source.name}-{view}", [version(), *files])
    if not stored.exists():
        asked = [(data / source.folder / found.files[row], found.face(row)) for row in chosen]
        np.save(stored, np.stack(_map(partial(_embed, view), asked)))
    return np.load(stored)


def rows(source: Source, view: str, found: Faces) -> np.ndarray:
    """int (n,): rows of the faces that have this view besides their photo, one per person."""
    if source is LFW:
        once = np.unique([Path(file).parent.name for file in found.files], return_index=True)[1]
    else:
        once = np.flatnonzero(unique(found.files))
    order = sorted(once.tolist(), key=lambda row: digest(found.files[row]))
    return np.sort(order[: (CHIPPED if view.startswith(CHIP) else DRAWN)[source.folder]])


def style(file: str, view: str) -> int:
    """The accessory's style on this file's face."""
    return int(digest(f"{file} {view}"), 16) % STYLES


def _place(name: str, parts: Sequence[str]) -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    suffix = "npz" if name.endswith("faces") else "npy"
    return CACHE / f"{name}-{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:16]}.{suffix}"


def _map(function: Callable, items: Sequence) -> list:
    with ProcessPoolExecutor() as pool:
        return list(pool.map(function, items, chunksize=16))


def _find(choose: Callable[[np.ndarray], Face | None], path: Path) -> tuple | None:
    face = choose(load(path))
    if face is None:
        return None
    return (face.box.left, face.box.top, face.box.width, face.box.height), face.score, face.points


def _embed(view: str, asked: tuple[Path, Face]) -> np.ndarray:
    path, face = asked
    image = load(path)
    if view == PHOTO:
        return embed(image, face)
    if view.startswith(CHIP):
        shown = chip_portrait(image, face, is_grey(path.name), int(view.partition("-")[2] or BYTES))
        seen = detect_largest(shown)
    else:
        generator = np.random.default_rng(int(digest(path.name), 16))
        shown = ACCESSORIES[view](image, mesh(image, face), style(path.name, view), generator)
        seen = detect_largest(shown)
        if seen is not None and dist(seen.box.centre, face.box.centre) > _AWAY * face.box.side:
            seen = None
    return np.full(SIZE, np.nan, np.float32) if seen is None else embed(shown, seen)
