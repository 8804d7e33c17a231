"""Galleries of any size, as nearly like real ones as can be had."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from training import features
from training.data import DATA
from visage.gallery.index.quantizer import SIZE, trained

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
        """Read LFW and UTKFace, where present; otherwise no faces are known and numbers are independent."""
        if not (DATA / "lfw_dev").is_dir():
            centre, spread = trained().centre, 127 / 4.8 * trained().steps
            nobody = np.empty((0, SIZE), np.float32)
            return cls(nobody, nobody, centre, np.diag(spread), "normally distributed numbers")
        everybody = np.concatenate([features.embeddings(DATA, source) for source in (features.LFW, features.UTKFACE)])
        people = np.array([file.partition("/")[0] for file in features.faces(DATA, features.LFW).files])
        _names, first, counts = np.unique(people, return_index=True, return_counts=True)
        chosen = first[counts > 1][:probes]
        values, vectors = np.linalg.eigh(np.cov((everybody - everybody.mean(axis=0)).T))
        return cls(
            known=np.delete(everybody, chosen, axis=0),
            probes=everybody[chosen],
            mean=everybody.mean(axis=0),
            mixing=(vectors * np.sqrt(np.maximum(values, 0))).T.astype(np.float32),
            about=f"{len(everybody) - len(chosen):,} real faces, the others normally distributed with their covariance",
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


def _parts(start: int, stop: int) -> Iterator[slice]:
    return (slice(first, min(first + _PART, stop)) for first in range(start, stop, _PART))
