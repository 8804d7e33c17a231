"""What the first network and the pupil answer about photos."""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch

from visage.faces.appearance.recapture import READ_OFF, read_off, recapture_alone, unjudgeable
from visage.faces.imaging.light import lit
from visage.faces.types import Face
from visage.settings import models

from ...data import load
from ..layer import use
from ..photos import Photo
from .network import Pupil, liveness
from .weights import Answers

BATCH = 64


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


def _shown(data: Path, taken: tuple[Photo, Face]) -> tuple[np.ndarray, float, bool]:
    photo, face = taken
    image = lit(load(data / photo.file), face.box)
    crops = np.stack([read_off(image, face.box, share) for share in READ_OFF])
    return crops, recapture_alone(image, face), unjudgeable(image.shape, face.box) is None
