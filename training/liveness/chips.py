"""Crops the network's inputs once, with a margin for augmentation."""

import numpy as np

from visage.faces.appearance.recapture import VIEWS, View
from visage.faces.imaging.align import levelling
from visage.faces.imaging.geometry import apply, invert
from visage.faces.imaging.resample import warp
from visage.faces.types import Face

ROOM = 1.25
"""Side of a chip, relative to the side of the network's input."""


def sides() -> list[int]:
    """Sides of the chips in pixels, one per view."""
    return [int(view.side * ROOM) // 2 * 2 for view in VIEWS]


def chips(image: np.ndarray, face: Face) -> list[np.ndarray]:
    """uint8 (side, side, 4), one per view: RGB, and 255 inside the image, 0 beyond its edges."""
    return [_chip(image, face, view, side) for view, side in zip(VIEWS, sides(), strict=True)]


def _chip(image: np.ndarray, face: Face, view: View, side: int) -> np.ndarray:
    transform = levelling(face, view.share * side / view.side, side)
    chip = warp(image, transform, side)
    centres = np.stack(np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5), axis=-1)
    places = apply(invert(transform), centres)
    inside = ((places > 0) & (places < image.shape[1::-1])).all(axis=-1)
    return np.dstack([chip, np.uint8(255) * inside])
