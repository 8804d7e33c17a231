"""Light for dark faces."""

import numpy as np

from ..types import Box

LIGHT = 90
"""Mean grey level, of 255, to which a darker face is brightened: in dim light recapture networks see attacks, and the
mesh and the eyelids are laid less well. The most that costs nothing in pictures as they are (training/NOTES.md)."""


def lit(image: np.ndarray, box: Box) -> np.ndarray:
    """The image, uint8 (h, w, 3), with more light if the face in the box is darker than `LIGHT`."""
    top, left = max(0, int(box.top)), max(0, int(box.left))
    region = image[top : int(box.top + box.height), left : int(box.left + box.width)]
    mean = max(float(region.mean()), 1.0) if region.size else LIGHT
    return image if mean >= LIGHT else (np.arange(256) * LIGHT / mean).clip(0, 255).astype(np.uint8)[image]
