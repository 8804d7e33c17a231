"""How a camera sees the plane of a photo that is held before it."""

from dataclasses import dataclass
from math import cos, sin

import numpy as np
from PIL import Image, ImageFilter

from visage.faces.types import Box, Face


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The mapping from the camera's picture to the plane of the photo."""

    to_plane: np.ndarray
    """(3, 3): homography from the picture to the plane, whose unit is a pixel of the photo."""
    to_picture: np.ndarray
    across: np.ndarray
    """float32 (h, w): positions on the plane."""
    down: np.ndarray
    pixel: float
    """Size of a picture's pixel on the plane, near the face."""


def aim(face: Face, random: np.random.Generator, tilt: float, limit: tuple[int, int] | None = None) -> View:
    """A camera's view of the plane; with `limit` (h, w), of nothing beyond these edges."""
    large = float(np.exp(random.uniform(np.log(70), np.log(240))))
    scale = large / face.box.side
    if limit is None:
        width, height = (np.array([1.0, random.uniform(0.75, 1.35)]) * random.uniform(1.6, 4.2) * large).clip(150, 460)
        middle = np.array([width, height]) * random.uniform(0.4, 0.6, 2)
    else:
        height, width = (min(460, side * scale) for side in limit)
        x, y = face.box.centre
        middle = np.array([_place(x * scale, limit[1] * scale, width), _place(y * scale, limit[0] * scale, height)])
    angle = random.normal(0, 0.08) if limit is None else 0.0
    linear = scale * np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]])
    to_picture = np.eye(3)
    to_picture[:2, :2] = linear
    to_picture[:2, 2] = middle - linear @ face.box.centre
    to_middle = np.array([[1, 0, middle[0]], [0, 1, middle[1]], [0, 0, 1.0]])
    lean = np.eye(3)
    lean[2, :2] = random.normal(0, tilt, 2) / large
    to_picture = to_middle @ lean @ np.linalg.inv(to_middle) @ to_picture
    to_plane = np.linalg.inv(to_picture)
    x, y = np.meshgrid(np.arange(int(width)) + 0.5, np.arange(int(height)) + 0.5)
    u, v, w = np.tensordot(to_plane, np.stack([x, y, np.ones_like(x)]), 1)
    return View(to_plane, to_picture, np.float32(u / w), np.float32(v / w), 1 / scale)


def _place(centre: float, whole: float, part: float) -> float:
    """Position, within a part, of a point of the whole, such that the part keeps it near its middle."""
    return centre - min(max(centre - part / 2, 0), whole - part)


def sample(photo: np.ndarray, view: View) -> np.ndarray:
    """float32 (h, w, 3): the photo as the view shows it."""
    image, plane = Image.fromarray(np.ascontiguousarray(photo)), view.to_plane
    factor = int(view.pixel)
    if factor > 1:
        image, plane = image.reduce(factor), np.diag([1 / factor, 1 / factor, 1]) @ plane
    plane = (plane / plane[2, 2]).ravel()[:8]
    height, width = view.across.shape
    return np.float32(image.transform((width, height), Image.Transform.PERSPECTIVE, plane, Image.Resampling.BICUBIC))


def backdrop_behind(backdrop: np.ndarray, shape: tuple[int, int], random: np.random.Generator) -> np.ndarray:
    """float32 (h, w, 3) of this shape (h, w): a part of the backdrop, out of focus."""
    height, width = shape
    image = Image.fromarray(backdrop)
    scale = max(width / image.width, height / image.height) * random.uniform(1.0, 1.6)
    image = image.resize((int(image.width * scale) + 1, int(image.height * scale) + 1), Image.Resampling.BILINEAR)
    left, top = random.integers(image.width - width + 1), random.integers(image.height - height + 1)
    image = image.crop((left, top, left + width, top + height))
    return np.float32(image.filter(ImageFilter.GaussianBlur(random.uniform(0, 4))))


def moved(face: Face, view: View) -> Face:
    """The face as the view shows it."""

    def place(points: np.ndarray) -> np.ndarray:
        x, y, w = view.to_picture @ np.column_stack([points, np.ones(len(points))]).T
        return np.float32(np.column_stack([x / w, y / w]))

    box = face.box
    corners = place(np.array([[box.left + box.width * x, box.top + box.height * y] for x in (0, 1) for y in (0, 1)]))
    (left, top), (width, height) = corners.min(axis=0).tolist(), np.ptp(corners, axis=0).tolist()
    return Face(Box(left, top, width, height), 1.0, place(face.points.astype(np.float64)))


def within(view: View, edges: tuple[float, float, float, float], corner: float = 0) -> np.ndarray:
    """float32 (h, w): coverage of each pixel by a rectangle of the plane with rounded corners."""
    left, top, right, bottom = edges
    x = np.abs(view.across - (left + right) / 2) - (right - left) / 2 + corner
    y = np.abs(view.down - (top + bottom) / 2) - (bottom - top) / 2 + corner
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0) - corner
    return np.clip(0.5 - outside / view.pixel, 0, 1)


def lay(scene: np.ndarray, over: np.ndarray, cover: np.ndarray) -> np.ndarray:
    """The scene (h, w, 3) under another picture, which covers it by `cover` (h, w), 0 to 1."""
    return scene + (over - scene) * cover[..., None]
