"""Galleries of any size, as nearly like real ones as can be had."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.figures import RESULTS
from local.stack import ROOT
from visage.faces.detection.detect import detect_largest
from visage.faces.photo import Photo
from visage.faces.recognition.embed import embed, version
from visage.gallery.index.quantizer import SIZE, trained

PHOTOS = ROOT.parent / "shared" / "data" / "lfw_dev"
_PEOPLE = 600
"""Real people, whose faces give the others theirs: enough for a covariance of 128 numbers, and 40 s to embed, once."""
_PART = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Embeddings of faces, and their distribution."""

    known: np.ndarray
    """float32 (n, 128): real faces, one per row."""
    probes: np.ndarray
    """float32 (m, 128): other photos of people among them."""
    mean: np.ndarray
    """float32 (128,)"""
    mixing: np.ndarray
    """float32 (128, 128): gives independent numbers the covariance of faces."""
    about: str

    @classmethod
    def read(cls, probes: int) -> "People":
        """From photos of LFW, where present; otherwise no faces are known and numbers are independent."""
        if not PHOTOS.is_dir():
            centre, spread = trained().centre, 127 / 4.8 * trained().steps
            nobody = np.empty((0, SIZE), np.float32)
            return cls(nobody, nobody, centre, np.diag(spread), "normally distributed numbers, no real faces")
        known, others = _embedded(probes)
        values, vectors = np.linalg.eigh(np.cov((known - known.mean(axis=0)).T))
        return cls(
            known=known,
            probes=others,
            mean=known.mean(axis=0),
            mixing=(vectors * np.sqrt(np.maximum(values, 0))).T.astype(np.float32),
            about=f"of {len(known):,} real faces, the others normally distributed with their covariance",
        )

    def gallery(self, size: int) -> np.ndarray:
        """float32 (size, 128), of length 1: the known faces, filled up with random ones of the same distribution."""
        rng = np.random.default_rng(size)
        faces = np.empty((size, SIZE), np.float32)
        known = min(len(self.known), size)
        faces[:known] = self.known[:known]
        for part in _parts(known, size):
            numbers = rng.standard_normal((part.stop - part.start, SIZE), dtype=np.float32)
            faces[part] = self.mean + numbers @ self.mixing
        for part in _parts(0, size):
            faces[part] /= np.linalg.norm(faces[part], axis=1, keepdims=True)
        return faces

    def strangers(self, count: int) -> np.ndarray:
        """float32 (count, 128): probes of people who are in no gallery."""
        numbers = np.random.default_rng(1).standard_normal((count, SIZE), dtype=np.float32)
        faces = self.mean + numbers @ self.mixing
        return faces / np.linalg.norm(faces, axis=1, keepdims=True)


def _embedded(probes: int) -> tuple[np.ndarray, np.ndarray]:
    """The first photo of people, and the second one of so many of them: float32 (n, 128) each, kept."""
    stored = RESULTS / f"faces-{version()}.npz"
    if not stored.exists():
        folders = sorted(folder for folder in PHOTOS.iterdir() if folder.is_dir())
        several = [folder for folder in folders if len(list(folder.glob("*.jpg"))) > 1][:probes]
        chosen = [*several, *(folder for folder in folders if folder not in several)][:_PEOPLE]
        first = [embedding for folder in chosen if (embedding := _embed(folder, 0)) is not None]
        second = [embedding for folder in several if (embedding := _embed(folder, 1)) is not None]
        RESULTS.mkdir(parents=True, exist_ok=True)
        np.savez(stored, first=np.stack(first), second=np.stack(second))
    with np.load(stored) as arrays:
        return arrays["first"], arrays["second"]


def _embed(folder: Path, number: int) -> np.ndarray | None:
    """Of the largest face of a person's photo."""
    pixels = Photo.open(sorted(folder.glob("*.jpg"))[number]).pixels
    face = detect_largest(pixels)
    return None if face is None else embed(pixels, face)


def _parts(start: int, stop: int) -> Iterator[slice]:
    return (slice(first, min(first + _PART, stop)) for first in range(start, stop, _PART))
