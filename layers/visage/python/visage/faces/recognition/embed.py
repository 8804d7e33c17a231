"""Turns a face into 128 numbers that are close for pictures of one person: the network SFace."""

import hashlib
from functools import cache

import numpy as np

from visage import stages
from visage.stages import timed

from .. import sessions
from ..imaging.align import arcface_chip
from ..types import Face

SIZE = 128
NETWORKS = ("centerface", "sface")
"""Whose files an embedding depends on."""
ALIGNMENT = 2
"""To be raised whenever the same files would be shown other pixels."""


@timed("embed")
def embed(image: np.ndarray, face: Face) -> np.ndarray:
    """The embedding of a face in an image (h, w, 3): float32 (128,), of length one.

    The dot product of two embeddings is their similarity, -1 to 1. Embeddings of different `version` do not compare.
    """
    stages.label("model", version())
    chip = arcface_chip(image, face).transpose(2, 0, 1)[None]
    blob = np.ascontiguousarray(chip, dtype=np.float32)
    return unit(sessions.open("sface").run(("embedding",), {"image": blob})[0][0])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., n) scaled to length one; zeros stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


@cache
def version() -> str:
    """16 hexadecimal digits that change with whatever makes embeddings: the networks and the alignment."""
    parts = [*map(sessions.sha256, NETWORKS), str(ALIGNMENT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
