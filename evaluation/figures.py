"""The figures of a report: error rates with intervals, and whether there are enough pairs to state them."""

from dataclasses import dataclass, field

import numpy as np

from .collection import Remark
from .metrics import Pairs, Shares, accuracy, draws, interval
from .scale import Scale
from .trials import Folded, Trials

SAMPLES = 400
"""Number of bootstrap samples."""
RATES = (1e-2, 1e-3, 1e-4, 1e-5)
SCORES = (50.0, 60.0, 65.0, 70.0, 75.0, 80.0, 85.0, 90.0, 95.0)
REFUSED = (0.0, 0.05, 0.1, 0.2)
REJECTED_AT = 1e-3
"""The FMR whose threshold is used to measure the benefit of the quality score."""
FEW_PEOPLE = 30
"""Minimum number of people for meaningful resampling."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The threshold at which the FMR is `rate`, and the share of genuine pairs above it."""

    rate: float
    pairs_needed: int
    """Impostor pairs required to state the rate: see `pairs_needed`."""
    score: float | None = None
    true_accept_rate: Estimate | None = None


@dataclass(frozen=True, slots=True)
class ThresholdRow:
    """FMR and FNMR at a threshold score."""

    score: float
    stated_rate: float | None
    """The FMR for which the calibration gives this threshold."""
    false_match_rate: Estimate | None
    false_matches: int | None
    false_non_match_rate: Estimate | None
    false_non_matches: int | None


@dataclass(frozen=True, slots=True)
class Rejection:
    """FNMR when the genuine pairs of the lowest quality are refused.

    A pair has the quality of its worse image. (Error-versus-reject: P. Grother, E. Tabassi, TPAMI 29(4), 2007.)
    """

    refused: float
    """Share of the genuine pairs that is refused."""
    quality: float
    """Lowest quality among the remaining pairs."""
    false_non_match_rate: Estimate | None
    """FNMR of the remaining pairs, at the threshold for `REJECTED_AT`."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Detection error trade-off: the FNMR, with its interval, at each FMR."""

    false_match_rate: list[float] = field(default_factory=list)
    false_non_match_rate: list[Estimate] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Figures:
    """All measurements on one set of trials; None where one is impossible."""

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

    So fewer than 3/rate pairs cannot distinguish `rate` from zero. (J. A. Hanley, A. Lippman-Hand, JAMA 249(13), 1983.)
    """
    return round(3 / rate)


def measure(trials: Trials, scale: Scale) -> Figures:
    """Compute the error rates; intervals are from a bootstrap over people (see metrics.py)."""
    genuine, impostors = trials.genuine.pairs, trials.impostors.pairs
    genuine_people = len(np.unique(genuine.first))
    stated = {score: float(rate) for rate, score in scale.thresholds.items()}
    scores = np.array(sorted({*SCORES, *stated}))
    values = np.array([scale.value(score) for score in scores])
    rates = [rate for rate in RATES if genuine.total and impostors.total >= pairs_needed(rate)]
    false_match_rates = _grid(genuine, impostors)

    def figures(counts: np.ndarray) -> dict[str, np.ndarray]:
        """All figures of one bootstrap sample."""
        accept, match = Shares.of(genuine, counts), Shares.of(impostors, counts)
        found = {"fmr": match.reaching(values), "fnmr": 1 - accept.reaching(values)}
        if match.whole:
            found["tar"] = accept.above(match.cut(np.array(rates)))
            found["curve"] = 1 - accept.above(match.cut(false_match_rates))
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
        curve=Curve(false_match_rates.tolist(), estimates.get("curve", [])),
    )


def remarks(figures: Figures) -> list[Remark]:
    """What these pairs cannot show."""
    found = []
    if not figures.genuine_pairs:
        found.append("no pair shows one person, so false non-matches cannot be measured.")
    if not figures.impostor_pairs:
        found.append("no pair shows two people, so false matches cannot be measured.")
    elif few := [point for point in figures.operating_points if point.pairs_needed > figures.impostor_pairs]:
        rates = ", ".join(f"{100 * point.rate:g} % ({point.pairs_needed:,} needed)" for point in few)
        pairs = f"{figures.impostor_pairs:,} impostor pairs are too few for false match rates of {rates}"
        found.append(f"{pairs}: the rule of three requires 3 / rate.")
    if figures.folds and not figures.accuracy:
        found.append("all pairs are in one fold, so there is no accuracy over folds.")
    if 0 < figures.people < FEW_PEOPLE:
        found.append(f"the intervals are based on only {figures.people} people and are likely too narrow.")
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
    """The FMRs of the curve: from the lowest that the impostor pairs support to 0.5, or less if fewer pairs are
    held."""
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
    """A share and its interval; None where they are unknown.

    Samples without anybody of a kind are ignored. If nothing errs, or everything does, all samples agree; then the rule
    of three bounds the rate, by the number of independent `units`.
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
