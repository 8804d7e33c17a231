"""Finds images of the same person where sets do not say it: nobody may be in both training and checking."""

import hashlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from visage.faces.recognition.embed import embed, version
from visage.faces.types import Face

from ..data import load
from .chips import CACHE, Chips

ALIKE, ALIKE_MASKED = 0.45, 0.62
"""Similarities from which two faces count as the same person: fewer than 1 in 10,000 pairs of different people in LFW
reach the first, and about 3 in 100,000 pairs in drawn masks the second."""
_ROWS = 500


def embeddings(chips: Chips, workers: int) -> np.ndarray:
    """float32 (n, 128), cached."""
    key = hashlib.sha256("\n".join([version(), chips.folder.name, *chips.files]).encode()).hexdigest()[:16]
    stored = CACHE / f"people-{key}.npy"
    if not stored.exists():
        faces = [(chips.folder / file, chips.face(row)) for row, file in enumerate(chips.files)]
        with ProcessPoolExecutor(workers) as pool:
            np.save(stored, np.stack(list(pool.map(_embed, faces, chunksize=32))))
    return np.load(stored)


def groups(vectors: np.ndarray, alike: np.ndarray, count: int, named: Iterable[tuple[int, int]]) -> np.ndarray:
    """The group of each of `count` rows: the same name, similar embeddings or a link through others make one group.

    The first rows have embeddings `vectors` (n, d), similar from `alike` (n,) upwards; the others only have names.
    """
    parent = np.arange(count)

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for first, second in named:
        parent[root(first)] = root(second)
    for start in range(0, len(vectors), _ROWS):
        asked = np.maximum(alike[start : start + _ROWS, None], alike)
        near = np.argwhere(vectors[start : start + _ROWS] @ vectors.T >= asked)
        for first, second in near.tolist():
            parent[root(start + first)] = root(second)
    return np.array([root(row) for row in range(count)])


def _embed(at: tuple[Path, Face]) -> np.ndarray:
    path, face = at
    return embed(load(path), face)
