"""Analyses one frame of a sequence on its own."""

from dataclasses import dataclass
from enum import Enum

import numpy as np

from visage.faces.detection.detect import detect, visible_area
from visage.faces.imaging.resample import shrink
from visage.faces.landmarks.eyes import openness
from visage.faces.landmarks.mesh import LIPS, Mesh, mesh, settle
from visage.faces.types import Box, Face

_DETECTION_SIDE = 256
"""Length to which a frame's longer side is reduced for detection: the face in a selfie is large."""
_BYSTANDER_SHARE = 0.2
"""Faces with less than this share of the largest one's area are ignored."""
_MIN_SIDE = 80
"""Minimum length in pixels of the longer side of the face's box: in a smaller face the eyelids are a few pixels."""
_PRESENCE = 0.5
_OUTER_CORNERS = 33, 263


class Flaw(Enum):
    """Why a sequence is rejected; the value is its name on the wire."""

    NO_FACE = "noFace"
    """A frame has no face, or a covered one."""
    SEVERAL_FACES = "severalFaces"
    SMALL_FACE = "smallFace"
    REPEATED = "repeatedFrames"
    """Two frames are the same picture, perhaps recompressed or mirrored."""
    OUT_OF_ORDER = "outOfOrder"
    """The head moves as if the frames were shuffled."""
    JUMP = "jump"
    """The face or its lighting jumps between two frames."""
    OTHER_PERSON = "otherPerson"
    ACTION_MISSING = "actionMissing"
    """An action was not seen after the previous one."""
    OTHER_ACTIONS = "otherActions"
    """More actions were shown than requested: a recording that contains all of them."""
    FLAT = "flatFace"
    """A photo was turned: it moves like a sheet, not like a head."""
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
    """How far each eye is open, in units of its width; see `openness`."""
    mouth: float
    """Distance between the lips, in units of the distance between the outer corners of the eyes."""


def see(pixels: np.ndarray) -> Frame | Flaw:
    """Analyse a frame, uint8 (h, w, 3): its face, or why it cannot be judged."""
    faces = _faces(pixels)
    if not faces:
        return Flaw.NO_FACE
    face, *others = faces
    smallest = _BYSTANDER_SHARE * visible_area(face, pixels)
    if any(visible_area(other, pixels) >= smallest for other in others):
        return Flaw.SEVERAL_FACES
    if face.box.side < _MIN_SIDE:
        return Flaw.SMALL_FACE
    face_mesh = settle(pixels, mesh(pixels, face))
    if face_mesh.presence < _PRESENCE:
        return Flaw.NO_FACE
    return Frame(pixels, face, face_mesh, openness(pixels, face_mesh), _mouth(face_mesh))


def _faces(pixels: np.ndarray) -> list[Face]:
    height, width = pixels.shape[:2]
    scale = max(height, width) / _DETECTION_SIDE
    if scale <= 1:
        return list(detect(pixels))
    small = shrink(pixels, max(round(width / scale), 1), max(round(height / scale), 1))
    return [_enlarged(face, scale) for face in detect(small)]


def _enlarged(face: Face, scale: float) -> Face:
    box = face.box
    corner_and_size = (side * scale for side in (box.left, box.top, box.width, box.height))
    return Face(Box(*corner_and_size), face.score, (face.points * scale).astype(np.float32))


def _mouth(face_mesh: Mesh) -> float:
    upper, lower = face_mesh.points[list(LIPS)]
    left, right = face_mesh.points[list(_OUTER_CORNERS)]
    return float(np.linalg.norm(lower - upper) / np.linalg.norm(right - left))
