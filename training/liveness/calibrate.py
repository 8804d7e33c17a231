"""Makes rates of the network's logits: what a rate means is how many live faces reach it."""

from dataclasses import dataclass
from math import log

import numpy as np

from evaluation.liveness.figures import threshold

from .samples import DEVELOP, Samples

ANCHORS = {0.05: 0.5, 0.01: 0.9}
"""Share of live faces, of the people to develop on → the rate that no more of them exceed."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Rate = sigmoid(scale * logit + offset)."""

    scale: float
    offset: float

    def rates(self, logits: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(logits * self.scale + self.offset)))


def calibrate(samples: Samples, logits: np.ndarray, rows: np.ndarray) -> Calibration:
    """Puts the thresholds of these rows' live faces at the anchors."""
    live = logits[rows[~samples.attack[rows]]]
    anchors = [(threshold(live, share), log(rate / (1 - rate))) for share, rate in ANCHORS.items()]
    (low, at_low), (high, at_high) = anchors
    scale = (at_high - at_low) / (high - low)
    return Calibration(scale, at_low - scale * low)


def development(samples: Samples) -> np.ndarray:
    """Rows of the people who set thresholds, as their photos are."""
    return np.flatnonzero((samples.part == DEVELOP) & ~samples.simulated)
