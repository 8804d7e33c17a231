"""Frames that a faster camera would have taken: what moves lies half-way, instead of twice half as bright."""

import numpy as np
from PIL import Image

from visage.faces.imaging.flow import flow, resized, sample

_SIDE = 192
"""Length of the longer side at which motion is measured."""


def halfway(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The picture between two, all (h, w, 3): float32."""
    height, width = before.shape[:2]
    motion = flow(_grey(before), _grey(after)) / 2
    across = resized(motion[0], (width, height)) * (width / motion.shape[2])
    down = resized(motion[1], (width, height)) * (height / motion.shape[1])
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return (sample(before, x - across, y - down) + sample(after, x + across, y + down)) / 2


def _grey(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture).convert("L")
    scale = _SIDE / max(image.size)
    width, height = (max(round(side * scale), 1) for side in image.size)
    return np.asarray(image.resize((width, height), Image.Resampling.BOX), np.float32)
