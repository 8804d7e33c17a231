"""Analyses one frame of a sequence on its own."""

from dataclasses import dataclass

import numpy as np

from visage.faces.detection.detect import detect, visible_area
from visage.faces.imaging.light import lit
from visage.faces.imaging.resample import shrink
from visage.faces.landmarks.eyes import openness
from visage.faces.landmarks.mesh import LIPS, Mesh, mesh, settle
from visage.faces.types import Box, Face
from visage.liveness.bounds import MIN_SIDE
from visage.liveness.flaws import Flaw

_DETECTION_SIDE = 256
"""Length to which a frame's longer side is reduced for detection: the face in a selfie is large."""
_BYSTANDER_SHARE = 0.2
"""Faces with less than this share of the largest one's area are ignored."""
_PRESENCE = 0.5
_OUTER_CORNERS = 33, 263
_BASE, _CHIN = 2, 152
"""Below the nose, and the chin."""


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
    jaw: float
    """The same of the distance between nose and chin."""


def see(pixels: np.ndarray) -> Frame | Flaw:
    """Analyse a frame, uint8 (h, w, 3): its face, or why it cannot be judged."""
    faces = _faces(pixels)
    if not faces:
        return Flaw.NO_FACE
    face, *others = faces
    smallest = _BYSTANDER_SHARE * visible_area(face, pixels)
    if any(visible_area(other, pixels) >= smallest for other in others):
        return Flaw.SEVERAL_FACES
    if face.box.side < MIN_SIDE:
        return Flaw.SMALL_FACE
    bright = lit(pixels, face.box)
    face_mesh = settle(bright, mesh(bright, face))
    if face_mesh.presence < _PRESENCE:
        return Flaw.NO_FACE
    return Frame(
        pixels, face, face_mesh, openness(bright, face_mesh), _gap(face_mesh, LIPS), _gap(face_mesh, (_BASE, _CHIN))
    )


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


def _gap(face_mesh: Mesh, ends: tuple[int, int]) -> float:
    """The distance between two points, in units of that between the outer corners of the eyes."""
    first, second = face_mesh.points[list(ends)]
    left, right = face_mesh.points[list(_OUTER_CORNERS)]
    return float(np.linalg.norm(second - first) / np.linalg.norm(right - left))
