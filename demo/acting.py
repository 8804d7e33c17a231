"""Makes frame sequences from one portrait: a head that turns, blinks and opens its mouth, or a photo that does not.

The portrait's mesh moves in space, and its pixels follow the nearest points.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.mesh import mesh, settle

SIZE = 480, 360
_FACE = 180
"""Pixels between chin and forehead in a frame."""
_STEP = 16
"""Pixels between the grid nodes at which the motion is computed."""
_STILL = 2.2
"""Nothing moves farther away than this, in half face widths."""
_EYES = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
"""The upper and lower lid of each eye, from left to right."""
_EDGES = (234, 454)
_LIPS = (13, 14)
_MOUTH = (61, 291)
_INNER_LIPS = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95)


@dataclass(frozen=True, slots=True)
class Face:
    """What a face does in one frame."""

    yaw: float = 0
    """Degrees; the nose points to the picture's right."""
    pitch: float = 0
    lids: float = 0
    """1 when shut."""
    jaw: float = 0
    """1 when wide open."""


class Actor:
    """A person in front of a camera, simulated from one portrait."""

    def __init__(self, portrait: np.ndarray) -> None:
        face = detect_largest(portrait)
        scale = _FACE / face.box.height
        width, height = SIZE
        centre = np.array(face.box.centre)
        corner = centre - np.array([width, height]) / 2 / scale
        box = (*corner, *(corner + np.array([width, height]) / scale))
        stage = Image.fromarray(portrait).transform(SIZE, Image.Transform.EXTENT, box, Image.Resampling.BICUBIC)
        self.still = np.asarray(stage)
        """uint8 (360, 480, 3): the person at rest."""
        self.mesh = settle(self.still, mesh(self.still, detect_largest(self.still)))
        self._posed: dict[Face, np.ndarray] = {}
        self._random = np.random.default_rng(0)
        self._noise = self._random.normal(0, 2, (*SIZE[::-1], 3)).round().astype(np.int16)

    def act(self, *actions: str) -> list[np.ndarray]:
        """The frames of a person who starts at rest, performs the actions in turn, and ends at rest."""
        faces = [Face()] * 2 + [face for action in actions for face in [*_SCRIPTS[action], Face()]] + [Face()]
        return [self.frame(face, number) for number, face in enumerate(faces)]

    def frame(self, face: Face, number: int = 0) -> np.ndarray:
        """One frame, with slight motion and camera noise."""
        sway = 2 * np.sin(number * np.array([0.7, 1.1])) + self._random.normal(0, 0.4, 2)
        return self.filmed(self.posed(face), sway)

    def filmed(self, picture: np.ndarray, shift: Sequence[float] = (0, 0)) -> np.ndarray:
        """A picture shifted by some pixels, with noise."""
        across, down = shift
        moved = Image.fromarray(picture).transform(
            SIZE, Image.Transform.AFFINE, (1, 0, -across, 0, 1, -down), Image.Resampling.BICUBIC
        )
        noise = np.roll(self._noise, self._random.integers(0, SIZE[1], 2), axis=(0, 1))
        return np.clip(np.asarray(moved) + noise, 0, 255).astype(np.uint8)

    def posed(self, face: Face) -> np.ndarray:
        """The person with this pose and expression."""
        if face not in self._posed:
            self._posed[face] = self._pose(face)
        return self._posed[face]

    def _pose(self, face: Face) -> np.ndarray:
        points = self.mesh.points.astype(np.float64)
        spoken = _opened(points, face.jaw)
        picture = _shut(self.still, points[:, :2], face.lids)
        if face.jaw:
            picture = _filled(_warped(picture, points, spoken), spoken[list(_INNER_LIPS), :2], _DARK)
        return _warped(picture, spoken, rotated(spoken, face.yaw, face.pitch))


def _swing(**maximum: float) -> list[Face]:
    """Poses to one side, back, to the other side, and back."""
    ((name, angle),) = maximum.items()
    return [Face(**{name: angle * share}) for share in (0.6, 1, 0.4, -0.6, -1, -0.5)]


_DARK = (40, 20, 20)
_SCRIPTS = {
    "blink": [Face(lids=share) for share in (0.5, 1, 1, 0.3)],
    "openMouth": [Face(jaw=share) for share in (0.5, 1, 0.9, 0.4)],
    "shake": _swing(yaw=26.0),
    "nod": _swing(pitch=22.0),
}
"""The poses of each action."""


def _opened(points: np.ndarray, jaw: float) -> np.ndarray:
    """The points with the lower lip and the chin lowered."""
    width = np.ptp(points[list(_EDGES), 0])
    line = points[list(_LIPS), 1].mean()
    half = np.ptp(points[list(_MOUTH), 0]) / 2
    middle = points[list(_MOUTH), 0].mean()
    below = np.clip((points[:, 1] - line) / (0.02 * width), 0, 1)
    across = np.clip(1 - ((points[:, 0] - middle) / (2 * half)) ** 2, 0, 1)
    inner = np.clip(1 - ((points[:, 0] - middle) / half) ** 2, 0, 1)
    near = points[:, 1] < line + 0.08 * width
    moved = points.copy()
    moved[:, 1] += 0.2 * width * jaw * below * np.where(near, inner, across)
    return moved


def rotated(points: np.ndarray, yaw: float, pitch: float) -> np.ndarray:
    """The points rotated about the centre between the face's edges; angles as in `Pose`."""
    pivot = points[list(_EDGES)].mean(axis=0)
    turn, nod = np.radians([yaw, pitch])
    x, y, z = (points - pivot).T
    x, z = x * np.cos(turn) - z * np.sin(turn), x * np.sin(turn) + z * np.cos(turn)
    y, z = y * np.cos(nod) + z * np.sin(nod), z * np.cos(nod) - y * np.sin(nod)
    return np.column_stack([x, y, z]) + pivot


def _warped(picture: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The picture with each pixel moved like the points near it; far from all points nothing moves."""
    before, after = before[:, :2], after[:, :2]
    middle, radius = before.mean(axis=0), _STILL * np.ptp(before[list(_EDGES), 0]) / 2
    around = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = middle + radius * np.column_stack([np.cos(around), np.sin(around)])
    places, shifts = np.vstack([after, ring]), np.vstack([before - after, np.zeros_like(ring)])
    width, height = SIZE
    nodes = np.stack(np.meshgrid(np.arange(0, width + 1, _STEP), np.arange(0, height + 1, _STEP)), axis=-1)
    flat = nodes.reshape(-1, 2).astype(np.float32)
    distance = ((flat[:, None] - places[None].astype(np.float32)) ** 2).sum(axis=-1)
    weights = 1 / (distance + 4) ** 2
    field = weights @ shifts / weights.sum(axis=1, keepdims=True)
    field[np.linalg.norm(flat - middle, axis=1) > radius] = 0
    field = field.reshape(*nodes.shape[:2], 2).astype(np.float32)
    source = np.stack([_stretched(field[..., axis]) for axis in (0, 1)], axis=-1)
    source += np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    return _sampled(picture, source)


def _stretched(nodes: np.ndarray) -> np.ndarray:
    """Interpolate values at the nodes to values at the pixels."""
    size = nodes.shape[1] * _STEP, nodes.shape[0] * _STEP
    wide = np.asarray(Image.fromarray(nodes).resize(size, Image.Resampling.BILINEAR))
    half = _STEP // 2
    return wide[half : half + SIZE[1], half : half + SIZE[0]].copy()


def _sampled(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    x, y = np.clip(places[..., 0], 0, width - 1.001), np.clip(places[..., 1], 0, height - 1.001)
    left, top = x.astype(int), y.astype(int)
    across, down = (x - left)[..., None], (y - top)[..., None]
    above = picture[top, left] * (1 - across) + picture[top, left + 1] * across
    below = picture[top + 1, left] * (1 - across) + picture[top + 1, left + 1] * across
    return (above * (1 - down) + below * down).astype(np.uint8)


def _shut(picture: np.ndarray, points: np.ndarray, share: float) -> np.ndarray:
    """The picture with its eyes fully or partly shut: lids drawn over them, with lashes."""
    if not share:
        return picture
    for upper, lower in _EYES:
        high, low = points[list(upper)], points[list(lower)]
        lash = high + share * (low - high)
        above = high - 0.6 * (low[4] - high[4])
        left, top = np.floor(above.min(axis=0)).astype(int)
        right, bottom = np.ceil(high.max(axis=0)).astype(int)
        skin = tuple(np.median(picture[top:bottom, left:right].reshape(-1, 3), axis=0).astype(int).tolist())
        rise = np.array([0, 0.15 * (low[4] - high[4])[1]])
        picture = _filled(picture, np.vstack([high - rise, (lash + rise)[::-1]]), skin)
        edge = np.vstack([lash - rise / 2, (lash + rise)[::-1]])
        picture = _filled(picture, edge, tuple(value // 3 for value in skin))
    return picture


def _filled(picture: np.ndarray, outline: np.ndarray, colour: tuple[int, ...]) -> np.ndarray:
    """The picture with a polygon filled with one colour, with soft edges."""
    mask = Image.new("L", SIZE)
    ImageDraw.Draw(mask).polygon([tuple(point) for point in outline.tolist()], fill=255)
    canvas = Image.fromarray(picture)
    canvas.paste(colour, mask=mask.filter(ImageFilter.GaussianBlur(1)))
    return np.asarray(canvas)


def jpeg(frame: np.ndarray, quality: int = 80) -> bytes:
    out = io.BytesIO()
    Image.fromarray(frame).save(out, "JPEG", quality=quality)
    return out.getvalue()
