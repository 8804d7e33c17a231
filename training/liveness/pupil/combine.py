"""Weighs the pupil's answer and the first network's rate, and turns their sum into a rate."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from visage.faces.appearance.recapture import READ_OFF, read_off, recapture_alone
from visage.faces.imaging.light import lit
from visage.faces.types import Face
from visage.settings import models

from ...data import load
from ..calibrate import calibrate
from ..layer import use
from ..photos import Photo
from .network import Pupil, liveness

BATCH = 64


@dataclass(frozen=True, slots=True)
class Weights:
    """Rate = sigmoid(first * logit of the first network's rate + pupil * pupil's logit of an attack + offset)."""

    first: float
    pupil: float
    offset: float

    def rates(self, first: np.ndarray, pupil: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-(self.first * first + self.pupil * pupil + self.offset)))


def answers(
    pupil: Pupil, data: Path, taken: Sequence[tuple[Photo, Face]], workers: int, layer: Path | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Logits of an attack, float (n,) each, of the first network and of the pupil: the mean of its two branches.

    The first network is that of this model layer, by default of the one that `VISAGE_MODELS` names.
    """
    with ProcessPoolExecutor(workers, initializer=use, initargs=(layer or models(),)) as pool:
        crops, first = zip(*pool.map(partial(_shown, data), taken, chunksize=16), strict=True)
    first = np.clip(first, 1e-6, 1 - 1e-6)
    with torch.inference_mode():
        shown = torch.from_numpy(np.stack(crops)).permute(0, 1, 4, 2, 3).float()
        found = [-liveness(pupil(each)[1]).mean(dim=1).numpy() for each in shown.split(BATCH)]
    return np.log(first / (1 - first)), np.concatenate(found)


def weigh(first: np.ndarray, pupil: np.ndarray, photos: Sequence[Photo]) -> Weights:
    """Both count alike, measured by how their answers on live photos spread: no attack's answer has a say."""
    shares = 1 / first.std(), 1 / pupil.std()
    source = np.array([photo.source for photo in photos])
    calibration = calibrate(shares[0] * first + shares[1] * pupil, source)
    return Weights(shares[0] * calibration.scale, shares[1] * calibration.scale, calibration.offset)


def _shown(data: Path, taken: tuple[Photo, Face]) -> tuple[np.ndarray, float]:
    photo, face = taken
    image = lit(load(data / photo.file), face.box)
    return np.stack([read_off(image, face.box, share) for share in READ_OFF]), recapture_alone(image, face)
