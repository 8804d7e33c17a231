"""From which score on is a hit of a search no accident?"""

from collections.abc import Sequence
from itertools import accumulate
from math import expm1, log1p

import numpy as np

from .compare import compare_embeddings
from .score import THRESHOLDS, score_at


def search_thresholds(faces: int) -> dict[str, float]:
    """Rate → score that a hit in a group of so many faces must have for this share of strangers to find somebody.

    The rates are those of a comparison in a group of one face, or none.
    """
    return {rate: round(score_at(per_face(float(rate), max(faces, 1))), 2) for rate in THRESHOLDS}


def hit_scores(probe: np.ndarray, hits: Sequence[np.ndarray]) -> list[float]:
    """The score of a probe's embedding (128,) with each of these, which come most similar first.

    Each is that of the pair, but no more than that of a hit that is more similar: scores fall as similarities do.
    """
    return list(accumulate((compare_embeddings(probe, hit).score for hit in hits), min))


def per_face(rate: float, faces: int) -> float:
    """The false match rate f of one comparison at which a search among so many faces fails at `rate`.

    1 - (1 - f)^n = rate, for independent comparisons. Those of one probe are not: then a search fails less often.
    """
    return -expm1(log1p(-rate) / faces)


