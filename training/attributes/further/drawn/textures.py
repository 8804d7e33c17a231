"""Surfaces for what is drawn: plain, printed, woven, or cut out of a photo without people."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageDraw

from ...chips import ROOM

Surface = Callable[[np.random.Generator], np.ndarray]
_COLOURS = ((238, 238, 235), (20, 20, 22), (60, 62, 70), (150, 30, 35), (30, 60, 130), (40, 110, 70), (215, 180, 60))
_COLOURS += ((120, 80, 50), (200, 205, 210), (225, 150, 170), (90, 150, 190), (240, 225, 190))


def colour(random: np.random.Generator) -> np.ndarray:
    """A random colour, float64 (3,)."""
    return np.clip(np.array(_COLOURS[random.integers(len(_COLOURS))]) + random.normal(0, 12, 3), 0, 255)


def surface(random: np.random.Generator, photos: Sequence[np.ndarray]) -> np.ndarray:
    """A random surface, float32 (ROOM, ROOM, 3), 0 to 255; `photos` (h, w, 3) show no people."""
    kinds: tuple[Surface, ...] = (_plain, _plain, _stripes, _checks, _dots, _printed, lambda lot: patch(lot, photos))
    made = kinds[random.integers(len(kinds))](random)
    return (made + random.normal(0, random.uniform(1, 5), made.shape)).astype(np.float32)


def patch(random: np.random.Generator, photos: Sequence[np.ndarray]) -> np.ndarray:
    """A square of a photo, enlarged or reduced."""
    photo = photos[random.integers(len(photos))]
    side = int(random.integers(40, min(photo.shape[:2])))
    top, left = (int(random.integers(0, length - side + 1)) for length in photo.shape[:2])
    square = Image.fromarray(photo[top : top + side, left : left + side])
    return np.asarray(square.resize((ROOM, ROOM), Image.Resampling.BILINEAR), np.float32)


def _plain(random: np.random.Generator) -> np.ndarray:
    return np.broadcast_to(colour(random), (ROOM, ROOM, 3)).copy()


def _waves(random: np.random.Generator) -> np.ndarray:
    """A wave across the square in a random direction: float64 (ROOM, ROOM), -1 to 1."""
    y, x = np.mgrid[:ROOM, :ROOM]
    angle, length = random.uniform(0, np.pi), random.uniform(5, 30)
    return np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / length + random.uniform(0, 6))


def _mixed(random: np.random.Generator, share: np.ndarray) -> np.ndarray:
    return colour(random) * share[..., None] + colour(random) * (1 - share[..., None])


def _stripes(random: np.random.Generator) -> np.ndarray:
    return _mixed(random, (_waves(random) > random.uniform(-0.6, 0.6)).astype(float))


def _checks(random: np.random.Generator) -> np.ndarray:
    return _mixed(random, ((_waves(random) > 0).astype(float) + (_waves(random) > 0)) / 2)


def _dots(random: np.random.Generator) -> np.ndarray:
    return _mixed(random, (_waves(random) * _waves(random) > random.uniform(0.2, 0.6)).astype(float))


def _printed(random: np.random.Generator) -> np.ndarray:
    """Lines of words."""
    canvas = Image.new("RGB", (ROOM, ROOM), tuple(colour(random).astype(int)))
    draw, ink = ImageDraw.Draw(canvas), tuple(colour(random).astype(int))
    height = int(random.integers(2, 14))
    for top in range(int(random.integers(2, 12)), ROOM, height * 2):
        left = int(random.integers(0, 10))
        while left < ROOM - 6:
            wide = int(random.integers(height, 6 * height))
            draw.rectangle((left, top, left + wide, top + height - 1), fill=ink)
            left += wide + int(random.integers(2, 2 + height))
    return np.asarray(canvas, np.float32)
