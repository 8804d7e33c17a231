"""How far eyes are open, from the outline of their lids: MediaPipe Iris (Ablavatski et al., 2020)."""

import numpy as np

from .. import sessions
from ..imaging.resample import warp
from .mesh import LEFT_EYE, RIGHT_EYE, Mesh

_SIDE = 64
_SHARE = 2.3
"""The chip's side in widths of the eye, as the network learnt it."""
_POINTS = 71
_LOWER, _UPPER = slice(0, 9), slice(9, 16)
"""The lids' points among them: the lower lid's from corner to corner, the upper one's between the corners."""


def openness(image: np.ndarray, mesh: Mesh) -> tuple[float, float]:
    """How far the eyes of a face in an image (h, w, 3) are open, the left one in the picture first.

    The gap between the lids in their middle, in widths of the eye: about 0.3 when open, below 0.15 when shut. How wide
    open eyes are differs so much from face to face that only changes of one face mean something.
    """
    left, right = (mesh.points[list(corners), :2].astype(np.float64) for corners in (LEFT_EYE, RIGHT_EYE))
    across = right.mean(axis=0) - left.mean(axis=0)
    across /= np.linalg.norm(across)
    chips = [_chip(image, left, across), _chip(image, right, across)[:, ::-1]]
    blob = np.ascontiguousarray(np.stack(chips).transpose(0, 3, 1, 2), dtype=np.float32)
    (points,) = sessions.open("eyelids").run(("points",), {"image": blob})
    first, second = (_gap(eye) for eye in points.reshape(2, _POINTS, 3)[:, :, :2])
    return first, second


def _chip(image: np.ndarray, corners: np.ndarray, across: np.ndarray) -> np.ndarray:
    scale = _SIDE / (_SHARE * np.linalg.norm(corners[1] - corners[0]))
    linear = scale * np.array([across, (-across[1], across[0])])
    return warp(image, np.column_stack([linear, _SIDE / 2 - linear @ corners.mean(axis=0)]), _SIDE)


def _gap(points: np.ndarray) -> float:
    lower, upper = points[_LOWER], points[_UPPER]
    middle = np.linalg.norm(lower[3:6] - upper[2:5], axis=1).mean()
    return float(middle / np.linalg.norm(lower[8] - lower[0]))
