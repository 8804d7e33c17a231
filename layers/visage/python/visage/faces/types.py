"""What the pipeline's stages hand to each other and to the outside."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Box:
    """An axis-parallel rectangle in image pixels; it may reach past the image's edges."""

    left: float
    top: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height

    @property
    def side(self) -> float:
        """The longer side."""
        return max(self.width, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One detected face."""

    box: Box
    score: float
    """The detector's confidence, 0–1."""
    points: np.ndarray
    """float32 (5, 2), x and y in image pixels: the eyes' centres, the nose's tip, the mouth's corners; of each pair
    first the one that is on the left in an upright picture of the face."""
    answers: np.ndarray | None = None
    """What the attributes' network says of it, where it was asked already; see `attributes.answers`."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How alike the largest faces of two images are."""

    score: float
    """0–100, calibrated: higher means more surely the same person."""
    thresholds: Mapping[str, float]
    """False match rate, written as in the wire contract ("0.0001") → the score from which on two faces are taken for
    one person when that share of different people may pass."""
    similarity: float
    """The dot product of the two embeddings, uncalibrated."""
