"""Swaps faces as a simple program does: a photo's face laid on a living person's, triangle by triangle."""

import numpy as np
from matplotlib.tri import Triangulation
from PIL import Image, ImageDraw, ImageFilter

from visage.faces.imaging.flow import sample
from visage.faces.landmarks.mesh import Mesh
from visage.faces.landmarks.pose import pose
from visage.liveness.frames import Frame

_OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377)
_OVAL += (152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109)
"""The mesh's outline, from the forehead clockwise."""
_EYES = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7),
    (362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382),
)
_INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)
_INNER = 0.93
"""Share of the outline within which the photo is shown."""
_SOFT = 0.03, 0.01
"""How far the edges of the face, and of what is left of the living one, fade, in widths of the face."""
_SLIVER = 1e-3
"""Area of a triangle, in pixels, below which it is not drawn."""
_AHEAD = 5.0, 10.0
_SHUT = 0.04
"""Yaw and pitch in degrees, and the opening of the mouth, that a photo to be worn does not exceed."""


def wearable(photo: Frame) -> bool:
    """Whether the face in a photo looks ahead with its mouth shut: others smear when they are bent to move."""
    angles = pose(photo.mesh)
    return abs(angles.yaw) < _AHEAD[0] and abs(angles.pitch) < _AHEAD[1] and photo.mouth < _SHUT


class Worn:
    """A person's face in a photo, as others wear it."""

    def __init__(self, photo: Frame) -> None:
        self._pixels = photo.pixels
        self._points = photo.mesh.points[:, :2].astype(np.float64)
        self._triangles = Triangulation(*self._points.T).triangles

    def on(self, pixels: np.ndarray, face: Mesh, whole: bool) -> np.ndarray:
        """A living person's frame, uint8 (h, w, 3), with this face on it.

        Its colours are those of the living one in mean and spread. Unless `whole`, eyes and the inside of the mouth
        are the living person's.
        """
        points = face.points.astype(np.float64)
        left, top = np.maximum(points.min(axis=0)[:2].astype(int), 0)
        right, bottom = np.maximum(points.max(axis=0)[:2].astype(int) + 1, (left, top))
        frame = pixels.copy()
        part = frame[top:bottom, left:right]
        points -= (left, top, 0)
        places, covered = self._places(part.shape[:2], points)
        mask = _mask(part.shape[:2], points[:, :2], whole) * covered
        inside = mask > 0.5
        if inside.any():
            laid = sample(self._pixels, *places)
            theirs, own = laid[inside], part[inside]
            spread = np.clip(own.std(axis=0) / (theirs.std(axis=0) + 1), 0.5, 2)
            laid = (laid - theirs.mean(axis=0)) * spread + own.mean(axis=0)
            part[:] = np.clip(part + (laid - part) * mask[..., None], 0, 255).astype(np.uint8)
        return frame

    def _places(self, shape: tuple[int, int], points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where in the photo each pixel of a frame of this shape (h, w) lies, float32 (2, h, w), and which do.

        The nearest triangle is drawn last; those turned away are left out.
        """
        corners = points[self._triangles]
        order = np.argsort(-corners[..., 2].mean(axis=1))
        corners, theirs = corners[order, :, :2], self._points[self._triangles[order]]
        facing = _area(corners) * np.sign(_area(theirs)) > _SLIVER
        corners, theirs = corners[facing], theirs[facing]
        places, covered = np.zeros((2, *shape), np.float32), np.zeros(shape, bool)
        for triangle, source in zip(corners, theirs, strict=True):
            left, top = np.maximum(np.ceil(triangle.min(axis=0)), 0).astype(int)
            right, bottom = np.minimum(np.floor(triangle.max(axis=0)), (shape[1] - 1, shape[0] - 1)).astype(int) + 1
            y, x = np.mgrid[top : max(bottom, top), left : max(right, left)]  # none of what lies outside
            first, across, down = triangle[0], triangle[1] - triangle[0], triangle[2] - triangle[0]
            whole = across[0] * down[1] - across[1] * down[0]
            u = ((x - first[0]) * down[1] - (y - first[1]) * down[0]) / whole
            v = ((y - first[1]) * across[0] - (x - first[0]) * across[1]) / whole
            inside = (u >= 0) & (v >= 0) & (u + v <= 1)
            y, x, u, v = y[inside], x[inside], u[inside], v[inside]
            places[:, y, x] = source.T @ np.stack([1 - u - v, u, v])
            covered[y, x] = True
        return places, covered


def _mask(shape: tuple[int, int], points: np.ndarray, whole: bool) -> np.ndarray:
    """float32 (h, w): how much of the photo each pixel shows."""
    oval = points[list(_OVAL)]
    middle, width = oval.mean(axis=0), float(np.ptp(oval[:, 0]))
    mask = _polygons(shape, [middle + _INNER * (oval - middle)], _SOFT[0] * width)
    if whole:
        return mask
    kept = [points[list(corners)] for corners in (*_EYES, _INNER_LIPS)]
    return mask * (1 - _polygons(shape, kept, _SOFT[1] * width))


def _polygons(shape: tuple[int, int], outlines: list[np.ndarray], soft: float) -> np.ndarray:
    canvas = Image.new("L", shape[::-1])
    for outline in outlines:
        ImageDraw.Draw(canvas).polygon([tuple(point) for point in outline.tolist()], fill=255)
    return np.asarray(canvas.filter(ImageFilter.GaussianBlur(soft)), np.float32) / 255


def _area(corners: np.ndarray) -> np.ndarray:
    """Twice the signed area of triangles (t, 3, 2)."""
    across, down = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return across[:, 0] * down[:, 1] - across[:, 1] * down[:, 0]
