"""Error rates of the attributes, and the calibration of their rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from visage.faces.appearance.attributes import Estimate as Stated

from ..figures import Estimate
from .labels import VALUES, Labelled

BINS = 10
"""Bins of equal width in the reliability plot."""
FEW = 30
"""Minimum faces of a kind for a meaningful figure."""
_DEVIATE = 1.959964
"""Quantile of the normal distribution for 95 %."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A binary question: is the attribute's value in `yes` rather than in `no`?"""

    name: str
    attribute: str
    yes: frozenset[str]
    no: frozenset[str]


def _contrast(name: str, attribute: str, *yes: str, of: Sequence[str] | None = None) -> Contrast:
    return Contrast(name, attribute, frozenset(yes), frozenset(of or VALUES[attribute]) - frozenset(yes))


CONTRASTS = (
    _contrast("smile", "smile", "Smile"),
    _contrast("glasses of any kind", "glasses", "Wear", "Sunglass"),
    _contrast("sunglasses or not", "glasses", "Sunglass"),
    _contrast("respirator", "respirator", "Wear"),
    _contrast("hat", "hat", "Wear"),
    _contrast("mustache", "mustache", "Has"),
    _contrast("bang", "bang", "Has"),
    _contrast("bald or not", "hairstyle", "Bald"),
    _contrast("long hair or short", "hairstyle", "Long", of=("Long", "Short")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """The measurement of one contrast; None where a kind has no faces."""

    name: str
    yes: int
    """Number of faces labelled yes."""
    no: int
    found: Estimate | None
    """True positive rate: share of the yes faces answered yes."""
    spared: Estimate | None
    """True negative rate: share of the no faces answered no."""
    balanced_accuracy: Estimate | None


@dataclass(frozen=True, slots=True)
class Bin:
    """Faces whose rate is in one tenth."""

    count: int
    rate: float
    """Mean of their rates."""
    right: Estimate
    """Share of them that is right."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """The calibration of an attribute: how often it is right at each stated rate."""

    attribute: str
    faces: int
    error: float
    """Expected calibration error: mean distance of rate and share right, over bins weighted by their faces.

    C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017.
    """
    bins: tuple[Bin, ...]


def wilson(hits: int, total: int) -> Estimate | None:
    """A share and its 95 % interval (E. B. Wilson, JASA 22, 1927); None for no trials."""
    if not total:
        return None
    share, spread = hits / total, _DEVIATE**2 / total
    middle = (share + spread / 2) / (1 + spread)
    half = sqrt(spread * (share * (1 - share) + spread / 4)) / (1 + spread)
    # At 0 and 1 the share is itself an end of the interval; rounding must not put it outside.
    return Estimate(share, min(share, max(0.0, middle - half)), max(share, min(1.0, middle + half)))


def balanced(first: Estimate | None, second: Estimate | None) -> Estimate | None:
    """The mean of two independent shares; interval: method 10 of R. G. Newcombe, Statistics in Medicine 17, 1998."""
    if first is None or second is None:
        return None
    below = sqrt((first.value - first.low) ** 2 + (second.value - second.low) ** 2) / 2
    above = sqrt((first.high - first.value) ** 2 + (second.high - second.value) ** 2) / 2
    value = (first.value + second.value) / 2
    return Estimate(value, max(0.0, value - below), min(1.0, value + above))


def measure(labelled: Sequence[Labelled], stated: Mapping[str, Mapping[str, Stated]]) -> tuple[Row, ...]:
    """One row per contrast covered by the labels; `stated`: results by file and attribute."""
    return tuple(row for contrast in CONTRASTS if (row := _row(contrast, labelled, stated)).yes + row.no)


def _row(contrast: Contrast, labelled: Sequence[Labelled], stated: Mapping[str, Mapping[str, Stated]]) -> Row:
    counts = {True: [0, 0], False: [0, 0]}
    for each in labelled:
        truth = each.truth.get(contrast.attribute, frozenset())
        if truth and each.file in stated and (truth <= contrast.yes or truth <= contrast.no):
            answered_yes = stated[each.file][contrast.attribute].value in contrast.yes
            counts[truth <= contrast.yes][answered_yes] += 1
    (false_negatives, true_positives), (true_negatives, false_positives) = counts[True], counts[False]
    yes, no = false_negatives + true_positives, true_negatives + false_positives
    found, spared = wilson(true_positives, yes), wilson(true_negatives, no)
    return Row(contrast.name, yes, no, found, spared, balanced(found, spared))


def reliabilities(
    labelled: Sequence[Labelled], stated: Mapping[str, Mapping[str, Stated]]
) -> tuple[Reliability, ...]:
    """One reliability per attribute for which the labels have two values or more.

    Labels that allow several values are ignored here: a rate belongs to one value.
    """
    found = []
    for attribute in VALUES:
        known = [each for each in labelled if len(each.truth.get(attribute, ())) == 1 and each.file in stated]
        rates = np.array([stated[each.file][attribute].rate for each in known])
        right = np.array([stated[each.file][attribute].value in each.truth[attribute] for each in known])
        if len({each.truth[attribute] for each in known}) > 1:
            found.append(reliability(attribute, rates, right))
    return tuple(found)


def reliability(name: str, rates: np.ndarray, right: np.ndarray) -> Reliability:
    """The reliability of rates (n,) 0–1, given whether each was right (n,)."""
    place = np.minimum((rates * BINS).astype(int), BINS - 1)
    bins, error = [], 0.0
    for number in np.unique(place):
        inside = place == number
        count, rate, share = int(inside.sum()), float(rates[inside].mean()), float(right[inside].mean())
        bins.append(Bin(count, rate, wilson(int(right[inside].sum()), count)))
        error += count / len(rates) * abs(rate - share)
    return Reliability(name, len(rates), error, tuple(bins))
