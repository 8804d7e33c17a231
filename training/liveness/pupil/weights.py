"""Weighs the pupil's answer and the first network's rate, and turns their sum into a rate."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..calibrate import calibrate
from ..photos import Photo


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Of photos, one each."""

    first: np.ndarray
    """float (n,): the first network's logit of an attack."""
    pupil: np.ndarray
    """float (n,): the pupil's, the mean of its two branches."""
    judged: np.ndarray
    """bool (n,): whether the API judges the photo, which is neither small nor tight."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Rate = sigmoid(first * logit of the first network's rate + pupil * pupil's logit of an attack + offset)."""

    first: float
    pupil: float
    offset: float

    def rates(self, answers: Answers) -> np.ndarray:
        """float (n,), 0 to 1"""
        return 1 / (1 + np.exp(-(self.first * answers.first + self.pupil * answers.pupil + self.offset)))


def weigh(answers: Answers, photos: Sequence[Photo]) -> Weights:
    """Both count alike, measured by how their answers on live photos spread: no attack's answer has a say.

    Only photos that the API judges set the rates: what would pass of the others it sends to review.
    """
    first, pupil = answers.first[answers.judged], answers.pupil[answers.judged]
    shares = 1 / first.std(), 1 / pupil.std()
    source = np.array([photo.source for photo in photos])[answers.judged]
    calibration = calibrate(shares[0] * first + shares[1] * pupil, source)
    return Weights(shares[0] * calibration.scale, shares[1] * calibration.scale, calibration.offset)
