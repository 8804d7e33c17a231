"""Weighs the pupil's answer and the first network's rate, and turns their sum into a rate."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from visage.faces.appearance.recapture import READ_OFF, read_off, recapture_alone, unjudgeable
from visage.faces.imaging.light import lit
from visage.faces.types import Face
from visage.settings import models

from ...data import load
from ..calibrate import calibrate
from ..layer import use
from ..photos import Photo
from .network import Pupil, liveness

BATCH = 64


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


def answers(
    pupil: Pupil, data: Path, taken: Sequence[tuple[Photo, Face]], workers: int, layer: Path | None = None
) -> Answers:
    """The first network is that of this model layer, by default of the one that `VISAGE_MODELS` names."""
    with ProcessPoolExecutor(workers, initializer=use, initargs=(layer or models(),)) as pool:
        crops, first, judged = zip(*pool.map(partial(_shown, data), taken, chunksize=16), strict=True)
    first = np.clip(first, 1e-6, 1 - 1e-6)
    with torch.inference_mode():
        shown = torch.from_numpy(np.stack(crops)).permute(0, 1, 4, 2, 3).float()
        found = [-liveness(pupil(each)[1]).mean(dim=1).numpy() for each in shown.split(BATCH)]
    return Answers(np.log(first / (1 - first)), np.concatenate(found), np.array(judged))


def weigh(answers: Answers, photos: Sequence[Photo]) -> Weights:
    """Both count alike, measured by how their answers on live photos spread: no attack's answer has a say.

    Only photos that the API judges set the rates: what would pass of the others it sends to review.
    """
    first, pupil = answers.first[answers.judged], answers.pupil[answers.judged]
    shares = 1 / first.std(), 1 / pupil.std()
    source = np.array([photo.source for photo in photos])[answers.judged]
    calibration = calibrate(shares[0] * first + shares[1] * pupil, source)
    return Weights(shares[0] * calibration.scale, shares[1] * calibration.scale, calibration.offset)


def _shown(data: Path, taken: tuple[Photo, Face]) -> tuple[np.ndarray, float, bool]:
    photo, face = taken
    image = lit(load(data / photo.file), face.box)
    crops = np.stack([read_off(image, face.box, share) for share in READ_OFF])
    return crops, recapture_alone(image, face), unjudgeable(image.shape, face.box) is None
