"""Turns the network's logits into probabilities, fitted on faces that it was not trained on."""

from dataclasses import dataclass

import numpy as np

from visage.faces.appearance.attributes import QUESTIONS

from .logistic import Logistic, sigmoid
from .samples import CALIBRATE, COLUMN, FIRST, SECOND, Samples

PRIOR = 4.0
"""Prior weight, in faces, of uncalibrated logits where few faces contradict them."""
_BELIEF = np.linspace(-6, 6, 25)
HARD = 0.2
"""Weight of a label made by looking: those faces were chosen because a network was unsure of them."""

EVENNESS = 0.75
"""How much the rarer answer is upweighted. 0: not at all, so a rare hat is seldom predicted. 1: both weigh the same, so
hats are predicted too often."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Probability of yes = sigmoid(scale * logit + offset), one per question; `degree`: the same for the smile's
    degree."""

    scales: np.ndarray
    offsets: np.ndarray
    degree: tuple[float, float]

    def rates(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated rates (n, QUESTIONS)."""
        return sigmoid(logits * self.scales + self.offsets)


def calibrate(samples: Samples, logits: np.ndarray, rows: np.ndarray) -> Calibration:
    """Fit by Platt's method on these rows. Teachers' answers count only for questions without labels by people: long
    hair."""
    scales, offsets = np.ones(len(QUESTIONS)), np.zeros(len(QUESTIONS))
    for column in range(len(QUESTIONS)):
        known = rows[samples.said[rows, column]]
        known = known if known.size else rows[~np.isnan(samples.targets[rows, column])]
        answers = samples.targets[known, column]
        weights = samples.weights[known, column] * np.where(samples.looked[known, column], HARD, 1.0)
        scales[column], offsets[column] = platt(logits[known, column], answers, weights)
    return Calibration(scales, offsets, _degree(samples, logits, rows, scales, offsets))


def platt(logits: np.ndarray, answers: np.ndarray, weights: np.ndarray) -> tuple[float, float]:
    """Scale and offset of logits (n,) for answers (n,), 0 or 1, the rarer one upweighted."""
    yes, no = max(weights @ answers, 0.5), max(weights @ (1 - answers), 0.5)
    favour = np.where(answers > 0.5, max(1.0, no / yes), max(1.0, yes / no)) ** EVENNESS
    fitted = Logistic.fit(
        np.append(logits, _BELIEF)[:, None],
        np.append(answers, sigmoid(_BELIEF)),
        np.append(weights * favour, np.full(_BELIEF.size, PRIOR / _BELIEF.size)),
    )
    return float(fitted.slopes[0]), fitted.offset


def cross_fitted(samples: Samples, logits: np.ndarray) -> np.ndarray:
    """Rates (n, QUESTIONS) of the faces to check, each half calibrated on the other held-back people; others NaN."""
    rates = np.full(logits.shape, np.nan)
    for half, other in ((FIRST, SECOND), (SECOND, FIRST)):
        fitted = calibrate(samples, logits, np.flatnonzero(np.isin(samples.part, (CALIBRATE, other))))
        rates[samples.part == half] = fitted.rates(logits[samples.part == half])
    return rates


def _degree(
    samples: Samples, logits: np.ndarray, rows: np.ndarray, scales: np.ndarray, offsets: np.ndarray
) -> tuple[float, float]:
    """Scale and offset of the degree: 0.5 where the probability is, and a slope fitted to the blendshapes' degree."""
    column = COLUMN["smile"]
    known = rows[~np.isnan(samples.targets[rows, column]) & ~np.isnan(samples.smiling[rows])]
    odds = logits[known, column] * scales[column] + offsets[column]
    slopes = np.linspace(0.05, 2, 79)
    misses = [np.mean((sigmoid(slope * odds) - samples.smiling[known]) ** 2) for slope in slopes]
    slope = float(slopes[int(np.argmin(misses))])
    return slope * float(scales[column]), slope * float(offsets[column])
