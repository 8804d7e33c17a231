"""Lays a mesh of 468 points on a face: MediaPipe's face mesh (Kartynnik et al., 2019)."""

from dataclasses import dataclass

import numpy as np

from . import sessions
from .align import levelling
from .geometry import apply, invert
from .resample import warp
from .types import Face

POINTS = 468
_SIDE = 192
_SHARE = 1.5
"""The chip's side in sides of the face's box, as the network learnt it."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A face's surface. A point's index says what it is; MediaPipe's canonical face model draws them all."""

    points: np.ndarray
    """float32 (468, 3): x and y in image pixels; z on the same scale, growing away from the viewer, 0 near the middle
    of the head."""
    presence: float
    """0–1: how surely the points lie on a face. Profiles and covered faces score low."""


def mesh(image: np.ndarray, face: Face) -> Mesh:
    """The mesh of a face in an image (h, w, 3)."""
    matrix = levelling(face, _SHARE, _SIDE)
    blob = np.ascontiguousarray(warp(image, matrix, _SIDE).transpose(2, 0, 1)[None], dtype=np.float32)
    points, presence = sessions.open("facemesh").run(("mesh", "presence"), {"image": blob})
    points = points.reshape(POINTS, 3)
    back = invert(matrix)
    depth = points[:, 2] * np.hypot(*back[:, 0])
    return Mesh(np.column_stack([apply(back, points[:, :2]), depth]).astype(np.float32), float(presence[0, 0]))
