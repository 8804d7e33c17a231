"""Positions and identities of the faces in the photos, found once with the shipped code."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from evaluation.embeddings import central_face
from visage.faces import sessions
from visage.faces.detection.detect import detect, detect_largest
from visage.faces.recognition.embed import embed, version
from visage.faces.types import Box, Face

from ..data import ROOT, load
from .photos import CROWDS, Photo

CACHE = ROOT / ".build" / "liveness"
SMALLEST = 40
"""Side of the smallest face used from a photo of several people, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """One row per face found."""

    photo: np.ndarray
    """int (n,): index of the photo."""
    boxes: np.ndarray
    """float32 (n, 4): left, top, width, height in the image."""
    points: np.ndarray
    """float32 (n, 5, 2), in the image."""
    vectors: np.ndarray
    """float32 (n, d): the embeddings."""

    def face(self, row: int) -> Face:
        return Face(Box(*map(float, self.boxes[row])), 1.0, self.points[row])


def faces(data: Path, photos: Sequence[Photo], workers: int) -> Faces:
    """Read the faces from the cache, or find them: all in photos of several people, otherwise the largest."""
    names = [sessions.sha256("centerface"), version(), str(SMALLEST), *(photo.file for photo in photos)]
    stored = CACHE / f"faces-{hashlib.sha256(chr(10).join(names).encode()).hexdigest()[:16]}.npz"
    if not stored.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor(workers) as pool:
            found = list(pool.map(partial(_find, data), photos, chunksize=16))
        rows = [(number, *row) for number, each in enumerate(found) for row in each]
        photo, boxes, points, vectors = map(np.array, zip(*rows, strict=True))
        np.savez(stored, photo=photo, boxes=boxes, points=points, vectors=vectors)
    with np.load(stored) as arrays:
        return Faces(**{name: arrays[name] for name in Faces.__slots__})


def _find(data: Path, photo: Photo) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    image = load(data / photo.file)
    if photo.source == CROWDS:
        found = [face for face in detect(image) if face.box.side >= SMALLEST]
    else:
        face = (central_face if photo.source == "lfw_dev" else detect_largest)(image)
        found = [] if face is None else [face]
    boxes = [(face.box.left, face.box.top, face.box.width, face.box.height) for face in found]
    return [(np.float32(box), face.points, embed(image, face)) for box, face in zip(boxes, found, strict=True)]
