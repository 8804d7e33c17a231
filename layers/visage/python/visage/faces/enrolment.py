"""Which images a person can be known by: one face, well to be seen and turned to the camera.

Each limit lies where recognition suffers, and lets pass more than 97 % of photos of one clear face (training/NOTES.md).
"""

import numpy as np

from visage.errors import Reason, VisageError

from .appearance.attributes import attributes
from .appearance.blur import blur
from .appearance.quality import quality
from .landmarks.mesh import mesh
from .landmarks.pose import pose
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
COVERED = 0.6
"""The rate from which on a mask or dark glasses are believed."""


def usable_face(image: np.ndarray, covered: bool = False) -> Face:
    """The face of an image (h, w, 3) from which a person can be enrolled; one that is `covered` only if that is given.

    Raises VisageError: NO_FACE, SEVERAL_FACES, FACE_TOO_SMALL, FACE_BLURRED, FACE_COVERED, FACE_TURNED, FACE_POOR; the
    detail says by how much, or by what.
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
    if not covered and (cover := _cover(image, face)):
        raise VisageError(Reason.FACE_COVERED, cover)
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


def _cover(image: np.ndarray, face: Face) -> str:
    """What hides a part of the face, as a person is to be told; empty where nothing does.

    Two people who wear the same are far more alike to the recogniser than two others: enrolled with it, one of them is
    found where the other is looked for.
    """
    seen = attributes(image, face)
    if seen.glasses.value == "Sunglass" and seen.glasses.rate >= COVERED:
        return "Sunglasses hide the eyes; a photo without them is wanted."
    if seen.respirator.value == "Wear" and seen.respirator.rate >= COVERED:
        return "A mask, or something like it, hides the mouth or nose; a photo without it is wanted."
    return ""
