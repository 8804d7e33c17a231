"""Which images a person can be known by: one face, well to be seen and turned to the camera.

Each limit lies where recognition suffers, and lets pass more than 97 % of photos of one clear face (training/NOTES.md).
"""

import numpy as np

from visage.errors import Reason, VisageError

from .blur import blur
from .mesh import mesh
from .pose import pose
from .quality import quality
from .subject import only_face
from .types import Face

SMALLEST = 40
"""The longer side of the face's box in pixels."""
BLUREST = 7.0
"""On the scale 0–20 of `blur`."""
YAW = 45
"""Degrees to either side; the mesh of a profile says about 50."""
PITCH = 35
"""Degrees up or down."""
POOREST = 25.0
"""On the scale 0–100 of `quality`."""


def usable_face(image: np.ndarray) -> Face:
    """The face of an image (h, w, 3) from which a person can be enrolled.

    Raises VisageError: NO_FACE, SEVERAL_FACES, FACE_TOO_SMALL, FACE_BLURRED, FACE_TURNED, FACE_POOR; the detail says by
    how much.
    """
    face = only_face(image)
    if face.box.side < SMALLEST:
        raise VisageError(
            Reason.FACE_TOO_SMALL, f"Its longer side has {face.box.side:.0f} pixels; {SMALLEST} are wanted."
        )
    blurred = blur(image, face)
    if blurred > BLUREST:
        raise VisageError(
            Reason.FACE_BLURRED, f"Its blur is {blurred:.0f} of 20; at most {BLUREST:.0f} is accepted."
        )
    turned = pose(mesh(image, face))
    if abs(turned.yaw) > YAW or abs(turned.pitch) > PITCH:
        raise VisageError(
            Reason.FACE_TURNED,
            f"Yaw is {turned.yaw:.0f} and pitch {turned.pitch:.0f} degrees; at most {YAW} and {PITCH} are accepted.",
        )
    worth = quality(image, face, blurred)
    if worth < POOREST:
        raise VisageError(
            Reason.FACE_POOR,
            f"Its quality is {worth:.0f} of 100; {POOREST:.0f} is wanted: even light, the face whole and sharp.",
        )
    return face
