"""Whom an image shows, where it is to show one person."""

import numpy as np

from visage.errors import Reason, VisageError

from .detection.detect import detect, visible_area
from .types import Face

NEGLIGIBLE = 0.5
"""Faces with less than this share of the largest one's area are bystanders: of 700 photos of LFW, each named after one
person, 19 % show a second face and 8 % one as large as this (training/NOTES.md)."""


def only_face(image: np.ndarray) -> Face:
    """The one face of an image (h, w, 3) that shows one person, bystanders aside.

    Raises VisageError: NO_FACE, SEVERAL_FACES.
    """
    faces = detect(image, share=NEGLIGIBLE)
    if not faces:
        raise VisageError(Reason.NO_FACE)
    largest = visible_area(faces[0], image)
    counted = sum(visible_area(face, image) >= NEGLIGIBLE * largest for face in faces)
    if counted > 1:
        raise VisageError(Reason.SEVERAL_FACES, f"It holds {counted} faces of about the same size; one is wanted.")
    return faces[0]
