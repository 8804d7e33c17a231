"""Turns a face into numbers that are close for pictures of one person: two networks, one vector."""

import hashlib
import io
from dataclasses import dataclass
from functools import cache

import numpy as np

from . import sessions
from .align import dlib_chip, faceres_chip
from .types import Face

SIZE = 256
NETWORKS = ("centerface", "dlib_resnet", "faceres")
"""Whose files an embedding depends on, beside the projection's."""
ALIGNMENT = 1
"""To be raised whenever the same files would be shown other pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What training/fit_projection.py learnt from faces of known people."""

    matrix: np.ndarray
    """float32 (1024, 128): principal components of faceres's features, whitened by how a person's pictures differ."""
    offset: np.ndarray
    """float32 (128,)"""
    weights: np.ndarray
    """float32 (2,): the shares of dlib's and faceres's parts in the similarity; their sum is 1."""

    @classmethod
    def read(cls, content: bytes) -> "Projection":
        """From an .npz file's bytes."""
        with np.load(io.BytesIO(content)) as arrays:
            return cls(arrays["matrix"], arrays["offset"], arrays["weights"])


def embed(image: np.ndarray, face: Face) -> np.ndarray:
    """The embedding of a face in an image (h, w, 3): float32 (256,), of length one.

    The dot product of two embeddings is their similarity, -1 to 1. Embeddings of different `version` do not compare.
    """
    return fuse(*features(image, face), _projection())


def features(image: np.ndarray, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """What both networks say about a face, not normalised: float32 (128,) of dlib's and (1024,) of faceres.

    dlib's is the mean over the chip and its mirror image, which costs 2.6 ms and refuses fewer genuine pairs; faceres's
    mirror image adds little and would cost 7.5 ms (training/NOTES.md).
    """
    chip = dlib_chip(image, face)
    dlib = _run("dlib_resnet", np.stack([chip, chip[:, ::-1]])).mean(axis=0)
    return dlib, _run("faceres", faceres_chip(image, face)[None])[0]


def fuse(dlib: np.ndarray, faceres: np.ndarray, projection: Projection) -> np.ndarray:
    """One vector (..., 256) of both networks' outputs, (..., 128) and (..., 1024).

    Either part is of length one before it is weighted, so the dot product of two such vectors is the weighted sum of
    the parts' cosines.
    """
    first = unit(dlib)
    second = unit(unit(np.sqrt(faceres)) @ projection.matrix + projection.offset)
    shares = np.sqrt(projection.weights)
    return np.concatenate([first * shares[0], second * shares[1]], axis=-1)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., n) scaled to length one; zeros, which faceres answers to a picture without contrast, stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


@cache
def version() -> str:
    """16 hexadecimal digits that change with whatever makes embeddings: the networks, the projection, the alignment."""
    parts = [*(sessions.sha256(name) for name in (*NETWORKS, "projection")), str(ALIGNMENT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _run(name: str, chips: np.ndarray) -> np.ndarray:
    blob = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), dtype=np.float32)
    return sessions.open(name).run(("embedding",), {"image": blob})[0]


@cache
def _projection() -> Projection:
    return Projection.read(sessions.read("projection"))
