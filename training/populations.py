"""Pairs of different people of many populations, as numbers of spreads above their base, and how often they match."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.metrics import interval

from .data import demographics

SEXES = ("men", "women")
RACES = ("White", "Black", "Asian", "Indian")
ADULT = 18
BANDS = ((0, 5), (6, 17), (18, 29), (30, 44), (45, 59), (60, 120))


@dataclass(frozen=True, slots=True, eq=False)
class Strangers:
    """All pairs of some people, one picture each; the most alike are held."""

    first: np.ndarray
    """int (n,): rows of the people."""
    second: np.ndarray
    excess: np.ndarray
    people: np.ndarray
    """int (people,): who they are, by numbers that all parts share."""
    total: float
    """Pairs, held or not."""
    @classmethod
    def of(
        cls, table: np.ndarray, members: np.ndarray, people: np.ndarray, floor: float, ordered: bool
    ) -> "Strangers":
        """Of a table of excesses (n, n) of these `people`, those of `members` (int) that reach `floor`; nan is no pair.

        An ordered pair counts twice: a photo of the first and a chip portrait of the second, and the other way round.
        """
        part = table[np.ix_(members, members)].copy()
        if ordered:
            np.fill_diagonal(part, np.nan)
        else:
            part[np.tril_indices(len(part))] = np.nan
        first, second = np.nonzero(np.nan_to_num(part, nan=-np.inf) >= floor)
        total = float(np.isfinite(part).sum())
        return cls(first, second, part[first, second], people[members], total)

    def weights(self, counts: np.ndarray) -> np.ndarray:
        """How often each held pair counts when person i was drawn `counts[i]` times."""
        own = counts[self.people]
        return own[self.first] * own[self.second]

    def pairs(self, counts: np.ndarray) -> float:
        """How many pairs there are then, held or not."""
        own, number = counts[self.people], len(self.people)
        return self.total * (own.sum() ** 2 - (own**2).sum()) / max(number * (number - 1), 1)


def draw(people: int, generator: np.random.Generator | None) -> np.ndarray:
    """How often each is drawn when as many are, with replacement; without a generator once: int (people,)."""
    if generator is None:
        return np.ones(people, int)
    return generator.multinomial(people, np.full(people, 1 / people))


def shares(
    parts: Sequence[Strangers], cuts: Sequence[float], people: int, samples: int
) -> tuple[float, tuple[float, float]]:
    """The share of pairs that reach the cuts, one a part, over all parts, with its 95 % interval over the `people`."""

    def share(counts: np.ndarray) -> float:
        reaching = sum(part.weights(counts)[part.excess >= cut].sum() for part, cut in zip(parts, cuts, strict=True))
        return float(reaching / max(sum(part.pairs(counts) for part in parts), 1))

    value = share(draw(people, None))
    low, high = interval(np.array([share(draw(people, each)) for each in np.random.default_rng(0).spawn(samples)]))
    return value, (low, max(high, 3 / parts[0].total) if not value else high)


def groups(files: Sequence[str]) -> Iterator[tuple[str, np.ndarray]]:
    """The populations that UTKFace's names tell apart, each as a mask (files,)."""
    age, sex, race = np.array([demographics(file) or (-1, -1, -1) for file in files]).T
    adult = age >= ADULT
    yield "adults", adult
    for number, name in enumerate(SEXES):
        yield name, adult & (sex == number)
    for number, name in enumerate(RACES):
        yield name, adult & (race == number)
    for low, high in BANDS:
        yield f"aged {low} to {high}" if high < 120 else f"aged {low} and more", (age >= low) & (age <= high)
    for race_number, race_name in enumerate(RACES):
        for sex_number, sex_name in enumerate(SEXES):
            yield f"{race_name} {sex_name}", adult & (sex == sex_number) & (race == race_number)
