"""How rare false matches are beyond the rates that pairs can be counted at, and what that means for searches.

A search in a group of n faces asks n times. A stranger reaches the top with the probability 1 - (1 - f)^n when a face
does so at the false match rate f, so a group of a thousand needs thresholds for rates that no set of pairs shows.
"""

import numpy as np

from evaluation.metrics import interval
from visage.faces.identification import per_face
from visage.faces.impostors import Excess, Tail

SHARE = 0.002
"""The most similar impostor pairs, to which the tail is fitted."""
ANCHOR = 1e-4
"""The tail begins where counting ends, at the lowest rate of the scale."""
TARGETS = (0.01, 0.001)
"""False positive identification rates at which searches are tried."""


def fit_tail(excesses: np.ndarray, weights: np.ndarray, anchor: float) -> Tail:
    """The generalised Pareto distribution of the most similar impostor pairs, by probability-weighted moments.

    J. R. M. Hosking, J. R. Wallis, "Parameter and Quantile Estimation for the Generalized Pareto Distribution",
    Technometrics 29(3), 1987. What exceeds a higher threshold follows the same distribution with another scale, so the
    fit is carried over to `ANCHOR`, where it meets the measured `anchor`. Excesses come highest first; the weights of
    all pairs sum to one.
    """
    passed = np.cumsum(weights)
    number = max(int(np.searchsorted(passed, SHARE)), 2)
    excess = excesses[:number] - excesses[number]
    share = weights[:number] / passed[number - 1]
    above = (passed[:number] - weights[:number]) / passed[number - 1]
    mean, lower = (share * excess).sum(), (share * above * excess).sum()
    shape = 2 - mean / (mean - 2 * lower)
    scale = 2 * mean * lower / (mean - 2 * lower)
    return Tail(rate=ANCHOR, excess=anchor, scale=scale * (SHARE / ANCHOR) ** shape, shape=shape)


def searches(
    stated: list[Excess], tables: list[np.ndarray], sizes: tuple[int, ...], samples: int
) -> list[dict[str, object]]:
    """How often strangers reach the top of groups of people that the fit has not seen.

    `tables` (people, people) are excesses of halves of the people for searches, `stated` what the other half says.
    With `samples`, each rate has an interval over people.
    """
    found = []
    for size in sizes:
        for target in TARGETS:
            cuts = [each.at(per_face(target, size)) for each in stated]
            tried = list(zip(tables, cuts, strict=True))
            share = np.mean([false_positives(table, cut, size) for table, cut in tried])
            entry = {"faces": size, "stated": target, "measured": float(f"{share:.2g}")}
            if samples:
                drawn = [
                    np.mean([false_positives(_resampled(table, generator), cut, size) for table, cut in tried])
                    for generator in np.random.default_rng(0).spawn(samples)
                ]
                entry["interval"] = [float(f"{end:.2g}") for end in interval(np.array(drawn))]
            found.append(entry)
    return found


def false_positives(others: np.ndarray, cut: float, size: int) -> float:
    """The share of probes for which some face of a random group of this size reaches the cut.

    `others` (probes, people) are the probes' excesses or scores with other people, -inf where there is none to compare.
    All groups that can be drawn are counted: hypergeometric, not sampled.
    """
    people = np.isfinite(others).sum(axis=1)
    hits = (others >= cut).sum(axis=1)
    missed = np.ones(len(others))
    for drawn in range(size):
        missed *= np.clip(people - hits - drawn, 0, None) / (people - drawn)
    return float(np.mean(1 - missed))


def _resampled(table: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """As many people, drawn with replacement; none is compared with itself."""
    drawn = generator.integers(len(table), size=len(table))
    return table[np.ix_(drawn, drawn)]
