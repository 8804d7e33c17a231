"""The figures of a report: error rates with their intervals, and whether there are enough pairs to state them."""

from dataclasses import dataclass, field

import numpy as np

from .collection import Remark
from .metrics import Pairs, Shares, accuracy, draws, interval
from .scale import Scale
from .trials import Folded, Trials

SAMPLES = 400
"""Of the bootstrap."""
RATES = (1e-2, 1e-3, 1e-4, 1e-5)
SCORES = (50.0, 60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0)
REFUSED = (0.0, 0.05, 0.1, 0.2)
REJECTED_AT = 1e-3
"""The false match rate for which the thresholds are that say what quality is worth."""
FEW_PEOPLE = 30
"""Below it resampling people says too little about those who are not there."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share, with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The threshold at which the false match rate is `rate`, and the share of genuine pairs above it."""

    rate: float
    pairs_needed: int
    """Impostor pairs without which the rate cannot be stated: see `pairs_needed`."""
    score: float | None = None
    true_accept_rate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """How often two faces count as one person, or do not, when this score is asked for."""

    score: float
    stated_rate: float | None
    """The false match rate for which the calibration gives this threshold."""
    false_match_rate: Estimate | None
    false_matches: int | None
    false_non_match_rate: Estimate | None
    false_non_matches: int | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """How often two faces of one person do not count as one when the pairs of the worst quality are refused.

    A pair has the quality of its worse image. (Error-versus-reject: P. Grother, E. Tabassi, TPAMI 29(4), 2007.)
    """

    refused: float
    """The share of the genuine pairs that are."""
    quality: float
    """Of the worst that is left."""
    false_non_match_rate: Estimate | None
    """Of those left, at the threshold for `REJECTED_AT`."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Detection error trade-off: the false non-match rate, with its interval, at each false match rate."""

    false_match_rate: list[float] = field(default_factory=list)
    false_non_match_rate: list[Estimate] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """All that was measured on one set of trials; None where it cannot be."""

    name: str
    people: int
    genuine_pairs: int
    genuine_people: int
    impostor_pairs: int
    accuracy: Estimate | None
    folds: int
    operating_points: list[OperatingPoint]
    thresholds: list[ThresholdRow]
    rejections: list[Rejection]
    curve: Curve


def pairs_needed(rate: float) -> int:
    """Rule of three: if none of n independent pairs errs, the error rate is below 3/n with 95 % confidence.

    So fewer than 3/rate pairs cannot tell `rate` from nothing. (J. A. Hanley, A. Lippman-Hand, JAMA 249(13), 1983.)
    """
    return round(3 / rate)


def measure(trials: Trials, scale: Scale) -> Figures:
    """Counts the errors; intervals are those of a bootstrap over people (see metrics.py)."""
    genuine, impostors = trials.genuine.pairs, trials.impostors.pairs
    genuine_people = len(np.unique(genuine.first))
    stated = {score: float(rate) for rate, score in scale.thresholds.items()}
    scores = np.array(sorted({*SCORES, *stated}))
    values = np.array([scale.value(score) for score in scores])
    rates = [rate for rate in RATES if genuine.total and impostors.total >= pairs_needed(rate)]
    grid = _grid(genuine, impostors)

    def figures(counts: np.ndarray) -> dict[str, np.ndarray]:
        """Everything that a bootstrap sample gives, for one of them."""
        accept, match = Shares.of(genuine, counts), Shares.of(impostors, counts)
        found = {"fmr": match.reaching(values), "fnmr": 1 - accept.reaching(values)}
        if match.whole:
            found["tar"] = accept.above(match.cut(np.array(rates)))
            found["curve"] = 1 - accept.above(match.cut(grid))
        if trials.folded is not None:
            found["accuracy"] = np.array([_accuracy(trials.folded, counts)])
        return found

    everyone = np.ones(genuine.people, int)
    point = figures(everyone)
    samples = [figures(counts) for counts in draws(genuine.people, SAMPLES, seed=0)]
    independent = {"fmr": impostors.total, "accuracy": genuine.people}
    estimates = {
        name: [
            _estimate(value, np.array([sample[name][place] for sample in samples if name in sample]), units)
            for place, value in enumerate(shares)
        ]
        for name, shares in point.items()
        for units in [independent.get(name, genuine_people)]
    }
    cuts = Shares.of(impostors, everyone).cut(np.array(rates))
    scores_at = map(scale.score, cuts.tolist())
    measured = dict(zip(rates, zip(scores_at, estimates.get("tar", []), strict=True), strict=True))
    return Figures(
        name=trials.name,
        people=len(np.unique(np.concatenate([genuine.first, impostors.first, impostors.second]))),
        genuine_pairs=genuine.total,
        genuine_people=genuine_people,
        impostor_pairs=impostors.total,
        accuracy=estimates["accuracy"][0] if "accuracy" in estimates else None,
        folds=0 if trials.folded is None else len(np.unique(trials.folded.fold)),
        operating_points=[OperatingPoint(rate, pairs_needed(rate), *measured.get(rate, ())) for rate in RATES],
        thresholds=[
            ThresholdRow(score, stated.get(score), match, _count(match, impostors), miss, _count(miss, genuine))
            for score, match, miss in zip(scores.tolist(), estimates["fmr"], estimates["fnmr"], strict=True)
        ],
        rejections=_rejections(trials, scale) if trials.quality is not None and genuine.total else [],
        curve=Curve(grid.tolist(), estimates.get("curve", [])),
    )


def remarks(figures: Figures) -> list[Remark]:
    """What these pairs cannot tell."""
    found = []
    if not figures.genuine_pairs:
        found.append("there is no pair of one person's images, so nothing is known of false non-matches.")
    if not figures.impostor_pairs:
        found.append("there is no pair of two people, so nothing is known of false matches.")
    elif few := [point for point in figures.operating_points if point.pairs_needed > figures.impostor_pairs]:
        rates = ", ".join(f"{100 * point.rate:g} % ({point.pairs_needed:,} needed)" for point in few)
        pairs = f"{figures.impostor_pairs:,} impostor pairs are too few for false match rates of {rates}"
        found.append(f"{pairs}: the rule of three asks for 3 / rate.")
    if figures.folds and not figures.accuracy:
        found.append("all pairs lie in one fold, so there is no accuracy over folds.")
    if 0 < figures.people < FEW_PEOPLE:
        found.append(f"the intervals rest on {figures.people} people only and are likely too narrow.")
    return [Remark(f"{figures.name.capitalize()}: {text}") for text in found]


def _rejections(trials: Trials, scale: Scale) -> list[Rejection]:
    pairs, images = trials.genuine.pairs, trials.genuine.images
    quality = trials.quality[images].min(axis=1)
    (score,) = (score for rate, score in scale.thresholds.items() if float(rate) == REJECTED_AT)
    failed = pairs.similarity < scale.value(score)
    worst = np.quantile(quality, REFUSED)
    kept = [np.flatnonzero(quality >= each) for each in worst]

    def shares(counts: np.ndarray) -> list[float]:
        weights = pairs.weights(counts)
        return [_share(failed[rows], weights[rows]) for rows in kept]

    values = shares(np.ones(pairs.people, int))
    samples = np.array([shares(counts) for counts in draws(pairs.people, SAMPLES, seed=0)])
    return [
        Rejection(refused, float(worst[place]), _estimate(values[place], samples[:, place], units))
        for place, refused in enumerate(REFUSED)
        for units in [len(np.unique(pairs.first[kept[place]]))]
    ]


def _share(failed: np.ndarray, weights: np.ndarray) -> float:
    whole = weights.sum()
    return float(failed @ weights / whole) if whole else np.nan


def _grid(genuine: Pairs, impostors: Pairs) -> np.ndarray:
    """The false match rates of the curve: from what the impostor pairs support to half of them, if as many are held."""
    if not genuine.total or impostors.total < 6:
        return np.empty(0)
    held = impostors.similarity.size / impostors.total
    return np.geomspace(3 / impostors.total, min(0.5, 0.99 * held), 60)


def _accuracy(folded: Folded, counts: np.ndarray) -> float:
    picked = np.repeat(np.arange(folded.fold.size), folded.pairs.weights(counts))
    fold = folded.fold[picked]
    if len(np.unique(fold)) < 2:
        return np.nan
    same = folded.pairs.first == folded.pairs.second
    return accuracy(folded.pairs.similarity[picked], same[picked], fold)


def _estimate(value: float, samples: np.ndarray, units: int) -> Estimate | None:
    """A share and its interval; None where it cannot be known.

    Samples in which nobody of a kind was drawn say nothing and are left out. Where nothing errs, or everything does, no
    sample says otherwise: there the rule of three bounds the rate, by the number of independent `units`.
    """
    samples = samples[~np.isnan(samples)]
    if np.isnan(value) or not samples.size:
        return None
    low, high = interval(samples)
    if value == 0:
        high = max(high, min(1.0, 3 / units))
    if value == 1:
        low = min(low, max(0.0, 1 - 3 / units))
    return Estimate(float(value), low, high)


def _count(share: Estimate | None, pairs: Pairs) -> int | None:
    return None if share is None else round(share.value * pairs.total)
