"""How likely a face is to be known again, from what its picture looks like."""

import json
from dataclasses import dataclass
from functools import cache
from math import log2

import numpy as np
from PIL import Image

from .. import sessions
from ..imaging.resample import shrink
from ..types import Face
from .blur import blur

BEST = 100.0
_SIDE = 48
"""To so many pixels the face's box is reduced to see its light."""
_LARGE = 112
"""A longer side of the box, in pixels, beyond which nothing more is seen of a face."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What training/quality.py learnt."""

    weights: tuple[float, ...]
    """For each of `measures`."""
    constant: float

    @classmethod
    def read(cls, content: bytes) -> "Scale":
        entry = json.loads(content)
        return cls(tuple(entry["weights"].values()), entry["constant"])


def quality(image: np.ndarray, face: Face, blurred: float | None = None) -> float:
    """The quality of a face in an image (h, w, 3): 0 to 100, higher is better; below 50 it is likely not known again.

    `blurred` is its `blur`, where that is known already. The quality is a weighted sum of `measures`, learnt so that
    those of both pictures tell how similar two pictures of one person are.
    """
    seen = measures(image, face, blur(image, face) if blurred is None else blurred)
    scale = _scale()
    return float(np.clip(scale.constant + seen @ np.array(scale.weights), 0, BEST))


def measures(image: np.ndarray, face: Face, blurred: float) -> np.ndarray:
    """What the quality is made of: float64 (9,).

    The detector's score; the blur; the size, in doublings below 112 px; how far the nose lies to a side, in distances
    of the eyes, squared, and as it is; the nose's place between eyes and mouth; how long the face is for its width; and
    the light: contrast (standard deviation) and range (5th to 95th percentile) of the brightness, in shares of 255.
    """
    left_eye, right_eye, nose, left_mouth, right_mouth = face.points.astype(np.float64)
    eyes, mouth = (left_eye + right_eye) / 2, (left_mouth + right_mouth) / 2
    apart = max(float(np.hypot(*(right_eye - left_eye))), 1e-6)
    across = (right_eye - left_eye) / apart
    down = np.array([-across[1], across[0]])
    height = max(float((mouth - eyes) @ down), 1e-6)
    aside = abs(float((nose - (eyes + mouth) / 2) @ across)) / apart
    contrast, reach = _light(image, face)
    return np.array([
        face.score,
        blurred,
        min(log2(max(face.box.side, 1) / _LARGE), 0),
        min(aside, 1) ** 2,
        min(aside, 1),
        np.clip((nose - eyes) @ down / height, 0, 1),
        min(height / apart, 3),
        contrast,
        reach,
    ])


def _light(image: np.ndarray, face: Face) -> tuple[float, float]:
    """Contrast and range of the brightness in the face's box, as far as it lies in the image."""
    box = face.box
    top, left = max(round(box.top), 0), max(round(box.left), 0)
    cut = image[top : max(round(box.top + box.height), top + 1), left : max(round(box.left + box.width), left + 1)]
    grey = np.asarray(Image.fromarray(shrink(cut, _SIDE, _SIDE)).convert("L"), np.float64) / 255
    low, high = np.quantile(grey, (0.05, 0.95))
    return float(grey.std()), float(high - low)


@cache
def _scale() -> Scale:
    return Scale.read(sessions.read("quality"))
