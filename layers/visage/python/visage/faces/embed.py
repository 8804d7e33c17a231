"""Turns a face into numbers that are close for pictures of one person: two networks, one vector."""

import hashlib
import io
from dataclasses import dataclass, fields
from functools import cache

import numpy as np

from . import sessions
from .recognisers import RECOGNISERS, dlib
from .types import Face

SIZE = 256
NETWORKS = ("centerface", "dlib_resnet", "recogniser")
"""Whose files an embedding depends on, beside the projection's."""
ALIGNMENT = 1
"""To be raised whenever the same files would be shown other pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """What training/fit_projection.py learnt from faces of known people."""

    dlib: np.ndarray
    """float32 (128, 128): turns dlib's numbers so that stronger networks' judgement of pairs is met better."""
    other: np.ndarray
    """float32 (n, 128): likewise for the other network's; faceres's are whitened by how a person's pictures differ."""
    offset: np.ndarray
    """float32 (128,), of the other's part"""
    weights: np.ndarray
    """float32 (2,): the shares of dlib's and the other's parts in the similarity; their sum is 1."""
    rooted: np.ndarray
    """bool (): whether the other's numbers, none below 0, are taken by their square roots."""

    @classmethod
    def read(cls, content: bytes) -> "Projection":
        """From an .npz file's bytes."""
        with np.load(io.BytesIO(content)) as arrays:
            return cls(**{field.name: arrays[field.name] for field in fields(cls)})


def embed(image: np.ndarray, face: Face) -> np.ndarray:
    """The embedding of a face in an image (h, w, 3): float32 (256,), of length one.

    The dot product of two embeddings is their similarity, -1 to 1. Embeddings of different `version` do not compare.
    """
    return fuse(*features(image, face), _projection())


def features(image: np.ndarray, face: Face) -> tuple[np.ndarray, np.ndarray]:
    """What both networks say about a face, not normalised: float32 (128,) of dlib's and (n,) of the set's other one."""
    return dlib(image, face), RECOGNISERS[sessions.player("recogniser")](image, face)


def fuse(first: np.ndarray, other: np.ndarray, projection: Projection) -> np.ndarray:
    """One vector (..., 256) of both networks' outputs, dlib's (..., 128) and the other's (..., n).

    Either part is of length one before it is weighted, so the dot product of two such vectors is the weighted sum of
    the parts' cosines.
    """
    if projection.rooted:
        other = np.sqrt(other)
    parts = unit(unit(first) @ projection.dlib), unit(unit(other) @ projection.other + projection.offset)
    shares = np.sqrt(projection.weights)
    return np.concatenate([part * share for part, share in zip(parts, shares, strict=True)], axis=-1)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Vectors (..., n) scaled to length one; zeros, which faceres answers to a picture without contrast, stay zeros."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1)


@cache
def version() -> str:
    """16 hexadecimal digits that change with whatever makes embeddings: the networks, the projection, the alignment."""
    parts = [*(sessions.sha256(name) for name in (*NETWORKS, "projection")), str(ALIGNMENT)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@cache
def _projection() -> Projection:
    return Projection.read(sessions.read("projection"))
