"""How the pixels of one picture have moved in another."""

import numpy as np
from PIL import Image

_COARSEST = 12
"""Length of the shorter side, in pixels, at which motion is first looked for: half of this or more."""
_ROUNDS = 4
"""Corrections at each size."""
_WINDOW = 3
"""How far the window that moves as one, and the smoothing, reach, in pixels."""
_LEAST = 4.0
"""Added to the mean squared slopes: areas without any move with what surrounds them."""


def flow(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """By how many pixels what lies at a place half-way between two pictures in greys, float32 (h, w), moves to the
    right and down from the first to the second: float32 (2, h, w).

    Each window moves as one, by the least squares of Lucas and Kanade (1981), from coarse to fine.
    """
    sizes = [first.shape]
    while min(sizes[-1]) > 2 * _COARSEST:
        sizes.append(tuple(side // 2 for side in sizes[-1]))
    motion = np.zeros((2, *sizes[-1]), np.float32)
    for height, width in reversed(sizes):
        larger = width / motion.shape[2]
        motion = np.stack([larger * resized(each, (width, height)) for each in motion])
        one, other = (resized(picture, (width, height)) for picture in (first, second))
        y, x = np.mgrid[:height, :width].astype(np.float32)
        for _ in range(_ROUNDS):
            across, down = motion / 2
            earlier, later = sample(one, x - across, y - down), sample(other, x + across, y + down)
            motion = _smooth(motion + _correction(earlier, later))
    return motion


def resized(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """float32 (h, w) at a size (width, height)."""
    return np.asarray(Image.fromarray(values).resize(size, Image.Resampling.BILINEAR))


def sample(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """float32: the picture (h, w, …) at places x and y, counted between the centres of its pixels, and at its edges
    beyond these."""
    height, width = picture.shape[:2]
    x, y = np.clip(x, 0, width - 1.001), np.clip(y, 0, height - 1.001)
    left, top = x.astype(int), y.astype(int)
    across, down = (part.reshape(*part.shape, *[1] * (picture.ndim - 2)) for part in (x - left, y - top))
    above = picture[top, left] * (1 - across) + picture[top, left + 1] * across
    below = picture[top + 1, left] * (1 - across) + picture[top + 1, left + 1] * across
    return (above * (1 - down) + below * down).astype(np.float32)


def _correction(earlier: np.ndarray, later: np.ndarray) -> np.ndarray:
    """(2, h, w): what moves one picture (h, w) nearer to the other, at most a pixel."""
    slope_y, slope_x = np.gradient((earlier + later) / 2)
    change = later - earlier
    xx, yy, xy = (_smooth(each) for each in (slope_x**2, slope_y**2, slope_x * slope_y))
    x, y = (_smooth(-slope * change) for slope in (slope_x, slope_y))
    xx, yy = xx + _LEAST, yy + _LEAST
    return np.clip(np.stack([yy * x - xy * y, xx * y - xy * x]) / (xx * yy - xy**2), -1, 1)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Means over windows of the last two axes."""
    for axis in (-1, -2):
        around = [(0, 0)] * values.ndim
        around[axis] = (_WINDOW + 1, _WINDOW)
        total = np.pad(values, around, "edge").cumsum(axis=axis, dtype=np.float64)
        ends = np.arange(values.shape[axis])
        values = total.take(ends + 2 * _WINDOW + 1, axis) - total.take(ends, axis)
        values = (values / (2 * _WINDOW + 1)).astype(np.float32)
    return values
