"""Crops the faces of a set once with the shipped code, with a margin for augmentation."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from evaluation.embeddings import central_face
from visage.faces import sessions
from visage.faces.appearance.attributes import SHARE, SIDE
from visage.faces.detection.detect import detect_largest
from visage.faces.imaging.align import level_chip
from visage.faces.types import Box, Face

from ..data import ROOT, load

CACHE = ROOT / ".build" / "attributes"
MARGIN = 18
"""Pixels kept on each side beyond the network's input."""
ROOM = SIDE + 2 * MARGIN
ROOM_SHARE = SHARE * ROOM / SIDE
"""The chip's side, relative to the longer side of the face's box."""


@dataclass(frozen=True, slots=True, eq=False)
class Chips:
    """The faces of a folder's images, one row per face found."""

    folder: Path
    files: list[str]
    pixels: np.ndarray
    """uint8 (n, ROOM, ROOM, 3); the middle (SIDE, SIDE) is the deployed network's input."""
    boxes: np.ndarray
    """float32 (n, 4): left, top, width, height in the image."""
    points: np.ndarray
    """float32 (n, 5, 2), in the image."""

    def face(self, row: int) -> Face:
        return Face(Box(*map(float, self.boxes[row])), 1.0, self.points[row])


def chips(folder: Path, files: Sequence[str], central: bool, workers: int) -> Chips:
    """Read these files' faces from the cache, or find them. `central`: use the most central face, not the largest."""
    names = [sessions.sha256("centerface"), f"{SHARE} {SIDE} {MARGIN} {central}", *files]
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    stored = CACHE / f"{folder.name}-{key}"
    if not stored.with_suffix(".npz").exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(workers) as pool:
            rows = list(pool.map(partial(_row, central), [folder / file for file in files], chunksize=32))
        found = [(file, *row) for file, row in zip(files, rows, strict=True) if row is not None]
        kept, pixels, boxes, points = zip(*found, strict=True)
        np.save(stored.with_suffix(".npy"), np.stack(pixels))
        np.savez(stored.with_suffix(".npz"), files=np.array(kept), boxes=np.stack(boxes), points=np.stack(points))
    pixels = np.load(stored.with_suffix(".npy"), mmap_mode="r")
    with np.load(stored.with_suffix(".npz")) as arrays:
        return Chips(folder, arrays["files"].tolist(), pixels, arrays["boxes"], arrays["points"])


def _row(central: bool, path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    image = load(path)
    face = (central_face if central else detect_largest)(image)
    if face is None:
        return None
    box = face.box
    corners = np.array([box.left, box.top, box.width, box.height], np.float32)
    return level_chip(image, face, ROOM_SHARE, ROOM), corners, face.points
