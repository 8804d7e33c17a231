"""The scale of scores, 0 to 100: a fixed function of a false match rate.

| rate | 1 | 0.1 | 0.01 | 0.001 | 0.0001 | 1e-5 | 1e-6 | 1e-8 | 1e-12 |
|---|---|---|---|---|---|---|---|---|---|
| score | 0 | 35 | 70 | 80 | 90 | 95 | 96.67 | 98 | 98.89 |

With d = -log10(rate): 35 d up to 2, 50 + 10 d up to 4, and 100 - 10 / (d - 3) beyond, which never reaches 100.
"""

from collections.abc import Mapping
from math import log10
from types import MappingProxyType

LIKELY, RARE = 2.0, 4.0
"""Where one part of the scale meets the next, as d."""


def score(decades: float) -> float:
    """The score of a rate of 10**-decades, strictly rising; `decades` is 0 or more."""
    if decades <= LIKELY:
        return 35 * decades
    if decades <= RARE:
        return 50 + 10 * decades
    return 100 - 10 / (decades - 3)


def decades(of_score: float) -> float:
    """The inverse of `score`, for 0 to less than 100."""
    if of_score <= score(LIKELY):
        return of_score / 35
    if of_score <= score(RARE):
        return (of_score - 50) / 10
    return 3 + 10 / (100 - of_score)


def score_at(rate: float) -> float:
    """The score of a false match rate above 0, at most 1."""
    return score(-log10(rate))


THRESHOLDS: Mapping[str, float] = MappingProxyType({"0.01": 70.0, "0.001": 80.0, "0.0001": 90.0})
"""False match rate, written as in the wire contract → the score that so many pairs of different people reach."""
