"""One frame of a sequence, as far as it can be judged alone."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from visage.faces.detect import detect, visible_area
from visage.faces.eyes import openness
from visage.faces.mesh import LIPS, Mesh, mesh, settle
from visage.faces.resample import shrink
from visage.faces.types import Box, Face

_SOUGHT = 256
"""The longer side to which a frame is reduced to look for faces: a face of a selfie is large."""
_BYSTANDER = 0.2
"""Faces with less than this share of the largest one's area do not count."""
_SMALLEST = 80
"""Pixels, of the longer side of the face's box: of a smaller face the lids are a few pixels."""
_PRESENCE = 0.5
_OUTER_CORNERS = 33, 263


class Flaw(Enum):
    """Why a sequence is not accepted; the value is its name on the wire."""

    NO_FACE = "noFace"
    """A frame without a face, or one that is covered."""
    SEVERAL_FACES = "severalFaces"
    SMALL_FACE = "smallFace"
    REPEATED = "repeatedFrames"
    """Two frames are the same picture, perhaps compressed anew or mirrored."""
    OUT_OF_ORDER = "outOfOrder"
    """The head moves as if the frames were shuffled."""
    JUMP = "jump"
    """The face leaps between two frames, or its light does."""
    OTHER_PERSON = "otherPerson"
    ACTION_MISSING = "actionMissing"
    """An action was not seen after the one before it."""
    OTHER_ACTIONS = "otherActions"
    """More was shown than was asked for: a recording that holds everything."""
    FLAT = "flatFace"
    """What was turned is a photo: it moves like a sheet, not like a head."""
    RECAPTURED = "recaptured"
    """The best frames show a screen or a print."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A frame with one face."""

    pixels: np.ndarray
    """uint8 (h, w, 3)"""
    face: Face
    mesh: Mesh
    eyes: tuple[float, float]
    """How far each is open, in its widths; see `openness`."""
    mouth: float
    """The gap between the lips, in distances between the eyes' outer corners."""


def see(pixels: np.ndarray) -> Frame | Flaw:
    """What a frame (h, w, 3) shows, or why it cannot be judged."""
    faces = _faces(pixels)
    if not faces:
        return Flaw.NO_FACE
    face, *others = faces
    least = _BYSTANDER * visible_area(face, pixels)
    if any(visible_area(other, pixels) >= least for other in others):
        return Flaw.SEVERAL_FACES
    if face.box.side < _SMALLEST:
        return Flaw.SMALL_FACE
    laid = settle(pixels, mesh(pixels, face))
    if laid.presence < _PRESENCE:
        return Flaw.NO_FACE
    return Frame(pixels, face, laid, openness(pixels, laid), _mouth(laid))


def _faces(pixels: np.ndarray) -> list[Face]:
    height, width = pixels.shape[:2]
    scale = max(height, width) / _SOUGHT
    if scale <= 1:
        return list(detect(pixels))
    small = shrink(pixels, max(round(width / scale), 1), max(round(height / scale), 1))
    return [_enlarged(face, scale) for face in detect(small)]


def _enlarged(face: Face, scale: float) -> Face:
    box = face.box
    corner_and_size = (side * scale for side in (box.left, box.top, box.width, box.height))
    return Face(Box(*corner_and_size), face.score, (face.points * scale).astype(np.float32))


def _mouth(laid: Mesh) -> float:
    upper, lower = laid.points[list(LIPS)]
    left, right = laid.points[list(_OUTER_CORNERS)]
    return float(np.linalg.norm(lower - upper) / np.linalg.norm(right - left))
