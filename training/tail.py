"""How rare false matches are beyond the rates that pairs can be counted at, and what that means for searches.

A search in a group of n faces asks n times. A stranger reaches the top with the probability 1 - (1 - f)^n when a face
does so at the false match rate f, so a group of a thousand needs thresholds for rates that no set of pairs shows.
"""

import numpy as np

from evaluation.metrics import Pairs, accepted, draws, interval, threshold
from visage.faces.compare import Calibration
from visage.faces.identification import Tail, per_face

SHARE = 0.002
"""The most similar impostor pairs, to which the tail is fitted."""
ANCHOR = 1e-4
"""The tail begins where counting ends, at the lowest rate of the scale."""
TARGETS = (0.01, 0.001)
"""False positive identification rates at which searches are tried."""


def fit_tail(impostors: Pairs, counts: np.ndarray | None = None) -> Tail:
    """The generalised Pareto distribution of the most similar impostor pairs, by probability-weighted moments.

    J. R. M. Hosking, J. R. Wallis, "Parameter and Quantile Estimation for the Generalized Pareto Distribution",
    Technometrics 29(3), 1987. What exceeds a higher threshold follows the same distribution with another scale, so the
    fit is carried over to the anchor, where it meets the measured threshold. `counts` says how often each person was
    drawn.
    """
    base = threshold(impostors, SHARE, counts)
    weights = np.ones(impostors.similarity.size, int) if counts is None else impostors.weights(counts)
    excess = np.sort(np.repeat(impostors.similarity.astype(float), weights)) - base
    excess = excess[excess > 0]
    number = excess.size
    mean, lower = excess.mean(), (np.arange(number)[::-1] / (number - 1) * excess).mean()
    shape = 2 - mean / (mean - 2 * lower)
    scale = 2 * mean * lower / (mean - 2 * lower)
    return Tail(
        rate=ANCHOR,
        similarity=threshold(impostors, ANCHOR, counts),
        scale=scale * (SHARE / ANCHOR) ** shape,
        shape=shape,
    )


def describe(impostors: Pairs, genuine: Pairs, samples: int, calibration: Calibration) -> dict[str, object]:
    """The tail, the thresholds that follow from it, the genuine pairs that reach them, with intervals over people."""
    tail, counts = fit_tail(impostors), draws(impostors.people, samples, seed=0)
    fitted = [fit_tail(impostors, drawn) for drawn in counts]
    rates = {}
    for decade in range(5, 11):
        rate = 10.0**-decade
        cuts = [min(1.0, sample.similarity_at(rate)) for sample in fitted]
        low, high = interval(np.array(cuts))
        kept = [accepted(genuine, end, drawn) for end, drawn in zip(cuts, counts, strict=True)]
        rates[f"1e-{decade}"] = {
            "similarity": round(tail.similarity_at(rate), 5),
            "similarity_interval": [round(low, 5), round(high, 5)],
            "score": round(calibration.score(tail.similarity_at(rate)), 2),
            "score_interval": [round(calibration.score(end), 2) for end in (low, high)],
            "true_accept_rate": round(accepted(genuine, tail.similarity_at(rate)), 4),
            "true_accept_rate_interval": [round(end, 4) for end in interval(np.array(kept))],
        }
    return {
        "model": "generalised Pareto, probability-weighted moments",
        "pairs": int(SHARE * impostors.total),
        "rate": tail.rate,
        "similarity": round(tail.similarity, 6),
        "scale": round(tail.scale, 6),
        "shape": round(tail.shape, 4),
        "extrapolated": rates,
    }


def searches(
    fitted: list[Pairs], measured: list[np.ndarray], sizes: tuple[int, ...], samples: int
) -> list[dict[str, object]]:
    """How often strangers reach the top of groups of people that the fit has not seen.

    `fitted` are the impostor pairs of parts of the people, `measured` vectors (people, d): what one part says is tried
    on the next one. With `samples`, each rate has an interval over people.
    """
    tables = [similarities(vectors) for vectors in measured]
    found = []
    for size in sizes:
        for target in TARGETS:
            cuts = [cut(pairs, per_face(target, size)) for pairs in fitted]
            tried = list(zip(tables, cuts[1:] + cuts[:1], strict=True))
            share = np.mean([false_positives(table, reach, size) for table, reach in tried])
            entry = {"faces": size, "stated": target, "measured": float(f"{share:.2g}")}
            if samples:
                drawn = [
                    np.mean([false_positives(_resampled(table, generator), reach, size) for table, reach in tried])
                    for generator in np.random.default_rng(0).spawn(samples)
                ]
                entry["interval"] = [float(f"{end:.2g}") for end in interval(np.array(drawn))]
            found.append(entry)
    return found


def cut(impostors: Pairs, rate: float) -> float:
    """The similarity that this share of the pairs reaches, counted or extrapolated."""
    return threshold(impostors, rate) if rate >= ANCHOR else fit_tail(impostors).similarity_at(rate)


def false_positives(others: np.ndarray, cut: float, size: int) -> float:
    """The share of probes for which some face of a random group of this size reaches the cut.

    `others` (probes, people) are the probes' similarities to other people, -inf where there is none to compare. All
    groups that can be drawn are counted: hypergeometric, not sampled.
    """
    people = np.isfinite(others).sum(axis=1)
    hits = (others >= cut).sum(axis=1)
    missed = np.ones(len(others))
    for drawn in range(size):
        missed *= np.clip(people - hits - drawn, 0, None) / (people - drawn)
    return float(np.mean(1 - missed))


def similarities(vectors: np.ndarray) -> np.ndarray:
    """Dot products (n, n) of every vector with every other; -inf with itself."""
    table = vectors @ vectors.T
    np.fill_diagonal(table, -np.inf)
    return table


def _resampled(table: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """As many people, drawn with replacement; none is compared with itself."""
    drawn = generator.integers(len(table), size=len(table))
    return table[np.ix_(drawn, drawn)]
