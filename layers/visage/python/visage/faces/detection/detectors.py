"""What the two detectors have in common."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

OVERLAP = 0.3
"""Intersection over union from which on two hits are of one face."""


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """What the network saw in one picture, the best first."""

    corners: np.ndarray
    """(n, 4): left, top, right, bottom."""
    scores: np.ndarray
    """(n,), 0–1."""
    points: np.ndarray
    """(n, 5, 2), in the order of `Face.points`."""

    def __getitem__(self, index: np.ndarray | slice) -> "Hits":
        return Hits(self.corners[index], self.scores[index], self.points[index])


class Detector(Protocol):
    """A network that finds upright faces of some 10 to 600 pixels."""

    seen: float
    """What scores less is not told."""
    candidate: float
    """What the first look must score for a second one to be worth its time."""
    accepted: float
    """What both looks score on average for most faces; by points that score less the face is not laid."""
    sure: float
    """From here on, what it sees is a face."""

    def see(self, pictures: np.ndarray) -> list[Hits]:
        """What it sees in each picture uint8 (n, h, w, 3), h and w multiples of 32, from `seen` on."""
