"""How a face moves in a sequence, relative to the same face at rest in the same sequence.

Eyes differ in how wide they open, mouths in how they close, heads in how they are held: nothing is measured against
other people.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visage.faces.landmarks.pose import pose
from visage.faces.landmarks.turn import Turn, turn
from visage.liveness.frames import Frame

EYE_OPEN = 0.75
"""Openness above which an eye is open, relative to rest."""
MOUTH_CLOSED = 0.04
"""`Motion.mouth` below which the mouth counts as closed; a smile that shows teeth does too."""
_JAW = 0.8
"""How far the lips part when the jaw falls by one: who opens the mouth lowers the chin by 0.12 to 0.18 and parts the
lips by 0.14 to 0.27; who laughs by 0.09 at most and up to 0.16 (training/NOTES.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The motion of one face over n frames, relative to the face at rest."""

    rest: int
    """Index of the frame closest to rest."""
    eyes: np.ndarray
    """(n, 2): how far each eye is open, 1 at rest."""
    mouth: np.ndarray
    """(n,): how far the lips part and the jaw falls beyond those of the closed mouth: the lesser of the two, in units
    of the distance between the outer corners of the eyes."""
    turns: tuple[Turn, ...]
    """The head's turn from the rest frame to each frame."""

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> "Motion":
        eyes = np.array([frame.eyes for frame in frames])
        eyes /= np.percentile(eyes, 75, axis=0)
        lips, jaw = (_above_closed([getattr(frame, name) for frame in frames]) for name in ("mouth", "jaw"))
        mouth = np.minimum(lips, _JAW * jaw)
        rest = _rest(frames, eyes, mouth)
        return cls(rest, eyes, mouth, tuple(turn(frames[rest].mesh, frame.mesh) for frame in frames))

    @property
    def angles(self) -> np.ndarray:
        """(n, 2): yaw and pitch, in degrees."""
        return np.array([(each.yaw, each.pitch) for each in self.turns])


def _above_closed(series: Sequence[float]) -> np.ndarray:
    return np.array(series) - np.percentile(series, 10)


def _rest(frames: Sequence[Frame], eyes: np.ndarray, mouth: np.ndarray) -> int:
    """The frame whose pose is closest to the median, preferably with open eyes and closed mouth."""
    poses = [pose(frame.mesh) for frame in frames]
    angles = np.array([(each.yaw, each.pitch) for each in poses])
    distance = np.abs(angles - np.median(angles, axis=0)).sum(axis=1)
    distance[(eyes < EYE_OPEN).any(axis=1) | (mouth > MOUTH_CLOSED)] += 360
    return int(distance.argmin())
