"""Resampling with anti-aliasing, quick on one core whatever the image's size."""

from math import ceil, hypot

import numpy as np
from PIL import Image

from .geometry import apply, invert

_OVERSAMPLING = 3
"""Samples along each axis that plain striding leaves for each output pixel; the filter averages these."""


def shrink(image: np.ndarray, width: int, height: int) -> np.ndarray:
    """The whole image (h, w, 3) scaled to (height, width, 3), both uint8."""
    step = max(1, int(min(image.shape[1] / width, image.shape[0] / height)) // _OVERSAMPLING)
    thinned = Image.fromarray(_thinned(image, step))
    return np.asarray(thinned.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0))


def warp(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Chip uint8 (size, size, 3) onto which `matrix`, a similarity (2, 3), maps the image; black beyond its edges."""
    to_image = invert(matrix)
    corners = apply(to_image, np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64))
    scale = hypot(*to_image[:, 0])
    margin = 2 * ceil(scale)
    left, top = np.maximum(np.floor(corners.min(axis=0)).astype(int) - margin, 0)
    right, bottom = np.maximum(np.ceil(corners.max(axis=0)).astype(int) + margin, 0)
    region = image[top:bottom, left:right]
    if not region.size:
        return np.zeros((size, size, 3), np.uint8)

    step = max(1, int(scale) // _OVERSAMPLING)
    source = Image.fromarray(_thinned(region, step))
    factor = max(1, round(scale / step))
    if factor > 1:
        source = source.reduce(factor)
    # Pillow wants the way from the chip's pixels to the source's
    to_source = np.column_stack([to_image[:, :2], to_image[:, 2] - (left, top)]) / (step * factor)
    chip = source.transform((size, size), Image.Transform.AFFINE, to_source.ravel(), Image.Resampling.BILINEAR)
    return np.asarray(chip)


def _thinned(image: np.ndarray, step: int) -> np.ndarray:
    """Every `step`-th pixel of every `step`-th row, from the middle of the first step on."""
    part = image[step // 2 :: step, step // 2 :: step]
    if step == 1:
        return np.ascontiguousarray(part)
    thinned = np.empty(part.shape, np.uint8)
    for channel in range(part.shape[2]):  # numpy takes more than twice as long for all three at once
        thinned[..., channel] = part[..., channel]
    return thinned
