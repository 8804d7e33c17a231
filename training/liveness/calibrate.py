"""Turns the network's logits into rates, defined by how many live faces reach them."""

from dataclasses import dataclass
from math import log

import numpy as np

from evaluation.liveness.figures import threshold

from .photos import MADE_FOR_LIVENESS
from .samples import DEVELOP, Samples

ANCHORS = {0.05: 0.5, 0.01: 0.9}
"""Share of live faces of the development people → the rate that no more of them exceed."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Rate = sigmoid(scale * logit + offset)."""

    scale: float
    offset: float

    def rates(self, logits: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(logits * self.scale + self.offset)))


def calibrate(samples: Samples, logits: np.ndarray, rows: np.ndarray) -> Calibration:
    """Map the `limit`s of these rows to the anchors."""
    anchors = [(limit(samples, logits, rows, share), log(rate / (1 - rate))) for share, rate in ANCHORS.items()]
    (low, at_low), (high, at_high) = anchors
    scale = (at_high - at_low) / (high - low)
    return Calibration(scale, at_low - scale * low)


def limit(samples: Samples, scores: np.ndarray, rows: np.ndarray, share: float) -> float:
    """The score that at most this share of the rows' live faces exceed, and of those taken for liveness alone.

    Those resemble a deployment's photos most. They are fewer than photos of other sets, which are easier.
    """
    live = rows[~samples.attack[rows]]
    made = live[np.isin(samples.source[live], MADE_FOR_LIVENESS)]
    return max(threshold(scores[each], share) for each in (live, made) if len(each))


def development(samples: Samples) -> np.ndarray:
    """Rows of the people who set thresholds, with unmodified photos."""
    return np.flatnonzero((samples.part == DEVELOP) & ~samples.simulated)
