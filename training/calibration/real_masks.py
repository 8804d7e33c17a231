"""Faces in real masks, from web photos that do not name anybody."""

from pathlib import Path

import numpy as np

from .. import features

ONE_PERSON = 0.6
"""Similarity from which two masked faces count as one person. By eye, nearly all such pairs show one photo or person
twice."""
SMALLEST = 60
"""Minimum longer side of a face's box, in pixels."""


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
