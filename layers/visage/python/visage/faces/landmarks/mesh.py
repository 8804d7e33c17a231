"""Lays a mesh of 468 points on a face: MediaPipe's face mesh (Kartynnik et al., 2019)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .. import sessions
from ..imaging.align import levelling
from ..imaging.geometry import apply, invert
from ..imaging.resample import warp
from ..types import Box, Face

POINTS = 468
LEFT_EYE, RIGHT_EYE = (33, 133), (362, 263)
"""The corners of each eye, from the left to the right in an upright picture."""
MOUTH = (61, 291)
LIPS = (13, 14)
"""The inner edges of the lips, on the middle line."""
NOSE = 1
_SIDE = 192
"""Pixels of the chip."""
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
    return meshes(image, [face])[0]


def meshes(image: np.ndarray, faces: Sequence[Face]) -> list[Mesh]:
    """The meshes of some faces in an image (h, w, 3), laid all at once."""
    matrices = [levelling(face, _SHARE, _SIDE) for face in faces]
    chips = np.stack([warp(image, matrix, _SIDE) for matrix in matrices])
    blob = np.ascontiguousarray(chips.transpose(0, 3, 1, 2), dtype=np.float32)
    laid, presences = sessions.open("facemesh").run(("mesh", "presence"), {"image": blob})
    each = zip(matrices, laid.reshape(-1, POINTS, 3), presences[:, 0].tolist(), strict=True)
    return [_in_image(matrix, points, presence) for matrix, points, presence in each]


def _in_image(matrix: np.ndarray, points: np.ndarray, presence: float) -> Mesh:
    """A mesh on the chip that `matrix` (2, 3) cut out of an image, as it lies in the image."""
    back = invert(matrix)
    depth = points[:, 2] * np.hypot(*back[:, 0])
    return Mesh(np.column_stack([apply(back, points[:, :2]), depth]).astype(np.float32), presence)


def settle(image: np.ndarray, mesh_before: Mesh) -> Mesh:
    """The mesh laid once more, on the square that its own points ask for: it trembles less than on a detector's box."""
    points = mesh_before.points[:, :2]
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    eyes = [points[list(corners)].mean(axis=0) for corners in (LEFT_EYE, RIGHT_EYE)]
    box = Box(low[0], low[1], high[0] - low[0], high[1] - low[1])
    return mesh(image, Face(box, mesh_before.presence, np.stack([*eyes, points[NOSE], *points[list(MOUTH)]])))
