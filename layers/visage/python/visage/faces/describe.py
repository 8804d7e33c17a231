"""What can be said of every face in an image."""

import time
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError

from .attributes import Attributes, attributes
from .blur import blur
from .detect import detect
from .mesh import mesh
from .pose import Pose, pose
from .types import Face

MOST = 100
"""Faces described of one image."""


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """One face and what it shows."""

    face: Face
    attributes: Attributes
    pose: Pose
    blur: float
    """0–20, above 5 when the face counts as blurred."""
    presence: float
    """0–1: how surely a face was seen where the pose was read; see `Mesh`."""
    mesh: np.ndarray
    """float32 (468, 3): the points that the pose was read from; see `Mesh`."""


def describe(image: np.ndarray, until: float, most: int = MOST) -> tuple[Description, ...]:
    """The faces of an image (h, w, 3), at most so many, the largest first.

    The answer is whole or none: VisageError(OUT_OF_TIME) when it is not done by `until` (time.monotonic).
    """
    return tuple(_describe(image, face, until) for face in detect(image, until=until)[:most])


def _describe(image: np.ndarray, face: Face, until: float) -> Description:
    if time.monotonic() > until:
        raise VisageError(Reason.OUT_OF_TIME)
    laid = mesh(image, face)
    return Description(face, attributes(image, face), pose(laid), blur(image, face), laid.presence, laid.points)
