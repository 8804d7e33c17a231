"""Whether one person performs the whole sequence."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.recognition.compare import compare_embeddings
from visage.faces.recognition.embed import embed
from visage.liveness.frames import Frame
from visage.liveness.motion import Motion

_COMPARED = 12
"""Frames, spread over those near rest, that are compared with the one at rest, besides those of the actions."""
_NEAR_YAW, _NEAR_PITCH = 20.0, 12.0
"""Degrees from rest within which an embedding is the person's rather than the pose's."""
_FAR = 40.0
"""Degrees beyond which nothing is compared: in profile different people are as alike as one person."""
_SAME_NEAR, _SAME_TURNED = "0.001", "0.01"
"""The false match rates at whose thresholds frames near rest, and turned ones, count as the same person."""


@dataclass(frozen=True, slots=True)
class Stranger:
    """A frame whose face is another person's."""

    frame: int
    score: float
    threshold: float


def stranger(frames: Sequence[Frame], motion: Motion, shown: Sequence[int], until: float) -> Stranger | None:
    """The first frame with another person than the one at rest; None if there is none.

    Compared are frames near rest from all over the sequence, and those that show the actions (`shown`), which may be
    turned. Raises VisageError(OUT_OF_TIME) after `until` (time.monotonic).
    """
    yaw, pitch = np.abs(motion.angles).T
    near = np.flatnonzero((yaw <= _NEAR_YAW) & (pitch <= _NEAR_PITCH))
    spread = near[np.linspace(0, len(near) - 1, min(_COMPARED, len(near))).round().astype(int)]
    turned = {index for index in shown if max(yaw[index], pitch[index]) <= _FAR}
    # Next to a turn in which nothing can be compared, the frames before and after it can.
    beside = {
        int(side[place])
        for index in shown
        for side, place in ((near[near < index], -1), (near[near > index], 0))
        if len(side)
    }
    reference = embed(frames[motion.rest].pixels, frames[motion.rest].face)
    for index in sorted({*spread.tolist(), *turned, *beside} - {motion.rest}):
        if time.monotonic() > until:
            raise VisageError(Reason.OUT_OF_TIME)
        comparison = compare_embeddings(reference, embed(frames[index].pixels, frames[index].face))
        threshold = comparison.thresholds[_SAME_NEAR if index in near else _SAME_TURNED]
        if comparison.score < threshold:
            return Stranger(index, comparison.score, threshold)
    return None
