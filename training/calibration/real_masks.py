"""Masks that people really wear: photos of the web that do not say whom they show."""

from pathlib import Path

import numpy as np

from .. import features

ONE_PERSON = 0.6
"""Similarity from which on two masked faces are one person's: looked at, nearly all such pairs are one photo or person
twice."""
SMALLEST = 60
"""Longer side of the box, in pixels, from which on a face counts."""


def faces(data: Path) -> np.ndarray:
    """float32 (n, 128): one face of each person."""
    found = features.faces(data, features.MASKED)
    large = found.boxes[:, 2:].max(axis=1) >= SMALLEST
    vectors = features.embeddings(data, features.MASKED)[large]
    kept: list[int] = []
    for row, vector in enumerate(vectors):
        if not kept or (vectors[kept] @ vector).max() < ONE_PERSON:
            kept.append(row)
    return vectors[kept]
