"""Cuts from an image the chip that each network was made for."""

import numpy as np

from ..types import Face
from .geometry import umeyama
from .resample import warp

_MEAN_SHAPE = np.array(
    [[0.225492, 0.215990], [0.754761, 0.215990], [0.490127, 0.515625], [0.254149, 0.780233], [0.726104, 0.780233]]
)
"""dlib's mean face (dlib/image_transforms/interpolation.h), its 68 points reduced to ours: an eye is its six' mean."""
ARCFACE_SIDE = 112
ARCFACE_TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]
)
"""The five points of InsightFace's ArcFace (python-package/insightface/utils/face_align.py)."""


def arcface_chip(image: np.ndarray, face: Face) -> np.ndarray:
    """The face laid on ArcFace's template: uint8 (112, 112, 3)."""
    return warp(image, umeyama(face.points, ARCFACE_TEMPLATE), ARCFACE_SIDE)


def level_chip(image: np.ndarray, face: Face, share: float, size: int) -> np.ndarray:
    """A square around the face's box, `share` times its longer side, turned to level the face.

    uint8 (size, size, 3)
    """
    return warp(image, levelling(face, share, size), size)


def levelling(face: Face, share: float, size: int) -> np.ndarray:
    """The transform (2, 3) from the image to `level_chip`'s."""
    level = umeyama(face.points, _MEAN_SHAPE)[:, :2]
    scale = size / (share * face.box.side)
    linear = level * (scale / np.hypot(*level[:, 0]))
    return np.column_stack([linear, size / 2 - linear @ face.box.centre])
