"""Lays a mesh of 468 points on a face: MediaPipe's face mesh (Kartynnik et al., 2019), as the set of models has it."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from . import sessions
from .align import levelling
from .geometry import apply, invert
from .resample import warp
from .types import Box, Face

POINTS = 468
LEFT_EYE, RIGHT_EYE = (33, 133), (362, 263)
"""The corners of each eye, from the left to the right in an upright picture."""
MOUTH = (61, 291)
LIPS = (13, 14)
"""The inner edges of the lips, on the middle line."""
NOSE = 1
_SHARE = 1.5
"""The chip's side in sides of the face's box, as the networks learnt it."""


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A face's surface. A point's index says what it is; MediaPipe's canonical face model draws them all."""

    points: np.ndarray
    """float32 (468, 3): x and y in image pixels; z on the same scale, growing away from the viewer, 0 near the middle
    of the head."""
    presence: float
    """0–1: how surely the points lie on a face. Profiles and covered faces score low."""


class Mesher(Protocol):
    """A network that lays the mesh on a chip."""

    side: int
    """Pixels of the chip."""

    def __call__(self, chip: np.ndarray) -> tuple[np.ndarray, float]:
        """Points float32 (468, 3) in pixels of a chip uint8 (side, side, 3), and their presence, 0–1."""


class FaceMesh:
    """The registry set's: 468 points."""

    side = 192

    def __call__(self, chip: np.ndarray) -> tuple[np.ndarray, float]:
        blob = np.ascontiguousarray(chip.transpose(2, 0, 1)[None], dtype=np.float32)
        points, presence = sessions.open("facemesh").run(("mesh", "presence"), {"image": blob})
        return points.reshape(POINTS, 3), float(presence[0, 0])


class FaceMesh478:
    """The strong set's: the same points, and ten of the irises, for which nobody asks."""

    side = 256

    def __call__(self, chip: np.ndarray) -> tuple[np.ndarray, float]:
        blob = chip[None].astype(np.float32) / 255
        points, odds = sessions.open("facemesh_478").run(("landmarks", "presence_logit"), {"input": blob})
        return points.reshape(-1, 3)[:POINTS], float(1 / (1 + np.exp(-odds.item())))


MESHERS: dict[str, Mesher] = {"facemesh": FaceMesh(), "facemesh_478": FaceMesh478()}


def mesh(image: np.ndarray, face: Face) -> Mesh:
    """The mesh of a face in an image (h, w, 3)."""
    mesher = MESHERS[sessions.player("mesh")]
    matrix = levelling(face, _SHARE, mesher.side)
    points, presence = mesher(warp(image, matrix, mesher.side))
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
