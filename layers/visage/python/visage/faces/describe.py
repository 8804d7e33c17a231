"""What can be said of every face in an image."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError

from .appearance.attributes import Attributes, attributes_of_each
from .appearance.blur import blur
from .detection.detect import detect
from .landmarks.mesh import meshes
from .landmarks.pose import Pose, pose
from .types import Face

MOST = 100
"""Faces described of one image."""
_BATCH = 8
"""Faces shown to the networks at once."""


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
    faces = detect(image, most, until)
    batches = (faces[start : start + _BATCH] for start in range(0, len(faces), _BATCH))
    return tuple(each for batch in batches for each in _describe(image, batch, until))


def _describe(image: np.ndarray, faces: Sequence[Face], until: float) -> Iterator[Description]:
    if time.monotonic() > until:
        raise VisageError(Reason.OUT_OF_TIME)
    shown = zip(faces, attributes_of_each(image, faces), meshes(image, faces), strict=True)
    for face, answers, laid in shown:
        yield Description(face, answers, pose(laid), blur(image, face), laid.presence, laid.points)
