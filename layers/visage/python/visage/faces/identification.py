"""From which score on is the best hit of a search no accident?"""

import json
from dataclasses import dataclass
from functools import cache
from math import expm1, log, log1p, log10

import numpy as np

from . import sessions
from .compare import Calibration, calibration


@dataclass(frozen=True, slots=True)
class Tail:
    """How false matches become rarer beyond the rates that were counted: a generalised Pareto distribution."""

    rate: float
    """The lowest counted false match rate, and `similarity` its threshold: the tail begins there."""
    similarity: float
    scale: float
    shape: float
    """Not 0; below it, the tail has an end."""

    @classmethod
    def read(cls, content: bytes) -> "Tail":
        entry = json.loads(content)["tail"]
        return cls(entry["rate"], entry["similarity"], entry["scale"], entry["shape"])

    def similarity_at(self, rate: float) -> float:
        """The similarity that this share of different people reaches, for a share of at most `self.rate`."""
        return self.similarity + self.scale / self.shape * expm1(self.shape * log(self.rate / rate))


def search_thresholds(faces: int) -> dict[str, float]:
    """Rate → score that the best hit in a group of so many faces reaches for this share of strangers.

    The rates are those of a comparison, and in a group of one face, or none, so are the scores. A threshold beyond the
    scale is 100, its end: no score tells such a group's people apart at that rate.
    """
    return thresholds_of(calibration(), _tail(), faces)


def thresholds_of(scale: Calibration, tail: Tail, faces: int) -> dict[str, float]:
    """`search_thresholds` by this scale and this tail."""
    rates = {rate: per_face(float(rate), max(faces, 1)) for rate in scale.thresholds}
    return {rate: round(_score_at(each, scale, tail), 2) for rate, each in rates.items()}


def per_face(rate: float, faces: int) -> float:
    """The false match rate f of one comparison at which a search among so many faces fails at `rate`.

    1 - (1 - f)^n = rate, for independent comparisons. Those of one probe are not: then a search fails less often.
    """
    return -expm1(log1p(-rate) / faces)


def _score_at(rate: float, scale: Calibration, tail: Tail) -> float:
    """The score that this share of different people reaches; between counted rates it follows their logarithm."""
    if rate < tail.rate:
        return scale.score(tail.similarity_at(rate))
    known = sorted((float(text), score) for text, score in scale.thresholds.items())
    return float(np.interp(log10(rate), [log10(counted) for counted, _ in known], [score for _, score in known]))


@cache
def _tail() -> Tail:
    return Tail.read(sessions.read("calibration"))
