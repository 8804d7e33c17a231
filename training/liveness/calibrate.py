"""Turns the network's logits into rates, defined by how many live faces reach them."""

from dataclasses import dataclass
from math import log

import numpy as np

from evaluation.liveness.figures import threshold

from .photos import MADE_FOR_LIVENESS
from .samples import DEVELOP, Samples

ANCHORS = {0.05: 0.5, 0.01: 0.9}
"""Share of live faces of the development people → the rate that no more of them exceed."""
FEWEST = 5
"""Live faces above a score that a limit needs: the score of the third of them is anybody's."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Rate = sigmoid(scale * logit + offset)."""

    scale: float
    offset: float

    def rates(self, logits: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(logits * self.scale + self.offset)))


def calibrate(logits: np.ndarray, source: np.ndarray) -> Calibration:
    """Map the `limit`s of live faces' logits (n,), of the sets `source` (n,), to the anchors."""
    anchors = [(limit(logits, source, share), log(rate / (1 - rate))) for share, rate in ANCHORS.items()]
    (low, at_low), (high, at_high) = anchors
    scale = (at_high - at_low) / (high - low)
    return Calibration(scale, at_low - scale * low)


def limit(scores: np.ndarray, source: np.ndarray, share: float) -> float:
    """The score that at most this share of live faces exceed, of all and of those alone that were taken for liveness.

    Those resemble a deployment's photos most. They are fewer than photos of other sets, which are easier; where the
    share is of too few of them to say anything, all decide.
    """
    made = scores[np.isin(source, MADE_FOR_LIVENESS)]
    return max(threshold(each, share) for each in (scores, made) if each is scores or share * len(each) >= FEWEST)


def development(samples: Samples) -> np.ndarray:
    """Rows of the live people who set thresholds, with unmodified photos."""
    return np.flatnonzero((samples.part == DEVELOP) & ~samples.simulated & ~samples.attack)
