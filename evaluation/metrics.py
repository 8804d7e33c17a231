"""Error rates of pairs, with intervals by a bootstrap over people.

Pairs that share a person are not independent, so an interval resamples people, not pairs. A bootstrap sample draws as
many people as there are, with replacement; a pair of one person counts as often as that person was drawn, and a pair of
two people as often as the product of both counts.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Scored pairs of images of people numbered from 0."""

    first: np.ndarray
    """int (n,): the person in the first image."""
    second: np.ndarray
    similarity: np.ndarray
    people: int
    total: int
    """Pairs measured; more than n if only the most similar were kept."""
    among: np.ndarray | None = None
    """The people among whom these pairs are; None: everybody."""

    def weights(self, counts: np.ndarray) -> np.ndarray:
        """How often each pair counts when person i was drawn `counts[i]` times."""
        same = self.first == self.second
        return counts[self.first] * np.where(same, 1, counts[self.second])


def all_pairs(
    vectors: np.ndarray, keep: float, table: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None
) -> Pairs:
    """Every pair of different rows of vectors (n, d), one row per person; only the most similar share `keep` is stored.

    `table` returns the values of all pairs of two sets of rows; by default dot products.
    """
    table = table or (lambda first, second: first @ second.T)
    people = len(vectors)
    total = people * (people - 1) // 2
    held = min(total, max(1, int(total * keep)))
    best = [np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32)]
    floor = -np.inf
    for start in range(0, people, 500):
        block = table(vectors[start : start + 500], vectors[start:])
        rows, columns = np.nonzero(np.triu(block > floor, 1))
        found = rows + start, columns + start, block[rows, columns]
        best = [np.concatenate(both) for both in zip(best, found, strict=True)]
        if best[2].size > held:
            top = np.argpartition(-best[2], held - 1)[:held]
            best = [column[top] for column in best]
            floor = best[2].min()
    order = np.argsort(-best[2], kind="stable")
    return Pairs(*(column[order] for column in best), people=people, total=total)


def threshold(impostors: Pairs, rate: float, counts: np.ndarray | None = None) -> float:
    """The similarity that the share `rate` of the impostor pairs reaches; they must be sorted, most similar first."""
    if counts is None:
        return float(impostors.similarity[min(int(rate * impostors.total), impostors.similarity.size - 1)])
    passed = np.cumsum(impostors.weights(counts))
    place = int(np.searchsorted(passed, rate * _pairs_of_two(impostors, counts)))
    return float(impostors.similarity[min(place, passed.size - 1)])


def accepted(genuine: Pairs, similarity: float, counts: np.ndarray | None = None) -> float:
    """The share of genuine pairs at least this similar."""
    weights = np.ones(genuine.similarity.size) if counts is None else genuine.weights(counts)
    return float(weights[genuine.similarity >= similarity].sum() / weights.sum())


def draws(people: int, samples: int, seed: int) -> np.ndarray:
    """Bootstrap draws, int (samples, people): how often each person was drawn."""
    if not people:
        return np.zeros((samples, 0), int)
    generator = np.random.default_rng(seed)
    return generator.multinomial(people, np.full(people, 1 / people), size=samples)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The 95 % percentile interval."""
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """Shares of pairs above a similarity, each pair counted as often as its people were drawn."""

    similarity: np.ndarray
    """(n,), most similar first."""
    passed: np.ndarray
    """(n + 1,): total weight of the first 0, 1, 2, … pairs."""
    whole: float
    floor: float
    """Pairs below this similarity are not stored."""

    @classmethod
    def of(cls, pairs: Pairs, counts: np.ndarray) -> "Shares":
        passed = np.concatenate([[0], np.cumsum(pairs.weights(counts))])
        # if only the most similar pairs are stored, the rest are all other pairs of different people drawn
        every = pairs.similarity.size == pairs.total
        if every:
            return cls(pairs.similarity, passed, passed[-1], -np.inf)
        return cls(pairs.similarity, passed, _pairs_of_two(pairs, counts), pairs.similarity[-1])

    def reaching(self, similarity: np.ndarray) -> np.ndarray:
        """The share of pairs at least this similar; NaN if no pair was drawn, or such pairs are not stored."""
        share = self._share(np.searchsorted(-self.similarity, -similarity, side="right"))
        return np.where(similarity < self.floor, np.nan, share)

    def above(self, similarity: np.ndarray) -> np.ndarray:
        """The share of pairs more similar than this."""
        return self._share(np.searchsorted(-self.similarity, -similarity, side="left"))

    def cut(self, rate: np.ndarray) -> np.ndarray:
        """The lowest similarity above which at most this share of the pairs lies."""
        first_too_many = np.searchsorted(self.passed[1:], rate * self.whole, side="right")
        return self.similarity[np.minimum(first_too_many, self.similarity.size - 1)]

    def _share(self, number: np.ndarray) -> np.ndarray:
        return self.passed[number] / self.whole if self.whole else np.full(np.shape(number), np.nan)


def _pairs_of_two(pairs: Pairs, counts: np.ndarray) -> float:
    """The number of pairs of different people when person i was drawn `counts[i]` times, one image each."""
    counts = counts if pairs.among is None else counts[pairs.among]
    return (counts.sum() ** 2 - (counts**2).sum()) / 2


def accuracy(similarity: np.ndarray, same: np.ndarray, fold: np.ndarray) -> float:
    """Mean over folds of the share of pairs classified correctly with the threshold that is best on the other folds."""
    shares = []
    for left_out in np.unique(fold):
        test = fold == left_out
        cut = best_cut(similarity[~test], same[~test])
        shares.append(np.mean((similarity[test] >= cut) == same[test]))
    return float(np.mean(shares))


def best_cut(similarity: np.ndarray, same: np.ndarray) -> float:
    """The similarity threshold for "same" with the fewest errors."""
    order = np.argsort(-similarity, kind="stable")
    right = np.cumsum(np.where(same[order], 1, -1))
    best = int(np.argmax(right))
    following = similarity[order[min(best + 1, len(order) - 1)]]
    return float((similarity[order[best]] + following) / 2)


def true_accept_rate(similarity: np.ndarray, same: np.ndarray, rate: float) -> float:
    """The share of genuine pairs above every impostor pair but the allowed share `rate`."""
    impostors = np.sort(similarity[~same])[::-1]
    return float(np.mean(similarity[same] > impostors[int(rate * len(impostors))]))
