"""Which way a head is turned, from the mesh of its face."""

from dataclasses import dataclass

import numpy as np

from .mesh import Mesh

_LEFT, _RIGHT = 234, 454
"""The face's edges before the ears, on the left and the right in an upright picture."""
_TOP, _LIP, _CHIN = 10, 164, 152
"""On the middle line: below the hair, above the upper lip, and the chin, which an open mouth lowers."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles of a head in degrees, 0 when it faces the viewer upright."""

    yaw: float
    """-180–180; above 0 the nose points to the image's right."""
    pitch: float
    """-90–90; above 0 the nose points up."""
    roll: float
    """-180–180; above 0 the head leans clockwise, as the viewer sees it."""


def pose(mesh: Mesh) -> Pose:
    """The pose of the head that the mesh lies on.

    The head's axes are those of a frame through five points: across, between the face's edges; down, square to it,
    from below the hair towards the middle between upper lip and chin; and into the head, square to both. With the axes
    as columns of R, R = Ry(-yaw) Rx(-pitch) Rz(roll), rotations about x (to the right), y (down) and z (away from the
    viewer): the head is first leant, then raised, then turned. No constant is fitted; training/NOTES.md has how far the
    angles are from labelled ones.
    """
    points = mesh.points.astype(np.float64)
    across = _unit(points[_RIGHT] - points[_LEFT])
    down = (points[_LIP] + points[_CHIN]) / 2 - points[_TOP]
    down = _unit(down - across * (across @ down))
    ahead = -np.cross(across, down)
    angles = (
        np.arctan2(ahead[0], -ahead[2]),
        np.arcsin(np.clip(-ahead[1], -1, 1)),
        np.arctan2(across[1], down[1]),
    )
    return Pose(*np.degrees(angles).tolist())


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
