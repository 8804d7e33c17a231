"""From which score on is the best hit of a search no accident?"""

from math import expm1, log1p

import numpy as np

from .compare import calibration
from .impostors import strangers


def search_thresholds(faces: int, probe: np.ndarray | None = None) -> dict[str, float]:
    """Rate → score that the best hit in a group of so many faces reaches for this share of strangers like the probe.

    The probe is an embedding, (256,); None stands for a usual one. Where people like it are hard to tell apart, the
    thresholds are higher. The rates are those of a comparison in a group of one face, or none. A threshold beyond the
    scale is 100, its end: no score tells such a group's people apart at that rate.
    """
    scale, like_it = calibration(), strangers(probe)
    rates = {rate: per_face(float(rate), max(faces, 1)) for rate in scale.thresholds}
    return {rate: scale.threshold(like_it, each) for rate, each in rates.items()}


def per_face(rate: float, faces: int) -> float:
    """The false match rate f of one comparison at which a search among so many faces fails at `rate`.

    1 - (1 - f)^n = rate, for independent comparisons. Those of one probe are not: then a search fails less often.
    """
    return -expm1(log1p(-rate) / faces)
