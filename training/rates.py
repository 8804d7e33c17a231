"""False match rates: what an excess over a pair's impostors is worth, counted on people of whom nothing was learnt."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10

import numpy as np

from evaluation.metrics import interval
from visage.faces.impostors import Excess

from .halves import TYPES, Half
from .populations import Strangers, draw, groups, shares
from .protocol import RATES, Protocol
from .tail import ANCHOR, fit_tail, searches

KNOTS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
ALIKE = 0.1
"""The share of impostors that are of the pair's own kind. The others are random people: so a stated rate lies between
that of random pairs, which is lower, and that of pairs of one kind, which is higher."""
SAMPLES = 100
"""Of the bootstrap."""
EXTRAPOLATED = tuple(10.0**-decade for decade in range(5, 11))
MARGIN = 0.5
"""Pairs that fall short of the highest of `RATES` by more spreads are only counted."""


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Impostor pairs of several populations, and the share of all impostors that each stands for."""

    parts: list[Strangers]
    """Random people's, and those of each kind."""
    shares: list[float]

    @classmethod
    def of(cls, half: Half, pairs: str, floor: float = -np.inf) -> "Mixture":
        random, alike = (half.table(crowd, pairs) for crowd in (half.seen, half.others))
        ordered = pairs != TYPES[0]
        parts = [Strangers.of(random, np.arange(len(random)), half.people, floor, ordered)]
        for kind in np.unique(half.kind):
            part = Strangers.of(alike, np.flatnonzero(half.kind == kind), half.rows, floor, ordered)
            if part.total:
                parts.append(part)
        return cls(parts, [1 - ALIKE, *[ALIKE / (len(parts) - 1)] * (len(parts) - 1)])

    def weighted(self, counts: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Excesses and the shares of all impostors that they stand for when people were drawn `counts` times."""
        for part, share in zip(self.parts, self.shares, strict=True):
            yield part.excess, share * part.weights(counts) / max(part.pairs(counts), 1)


def stated(mixtures: list[Mixture], counts: np.ndarray) -> Excess:
    """What shares of the impostors of these mixtures reach; shares of which too few pairs are held are left out."""
    columns = zip(*(column for mixture in mixtures for column in mixture.weighted(counts)), strict=True)
    values, weights = (np.concatenate(column) for column in columns)
    order = np.argsort(-values, kind="stable")
    values, weights = values[order], weights[order] / len(mixtures)
    passed = np.cumsum(weights)
    rates = tuple(rate for rate in KNOTS if rate < passed[-1])
    reached = tuple(float(value) for value in values[np.searchsorted(passed, rates)])
    return Excess(rates, reached, fit_tail(values, weights, reached[rates.index(ANCHOR)]))


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """Pairs of one of `TYPES`."""

    halves: list[Half]
    pairs: str
    size: int
    """People, to draw from."""
    excess: Excess
    """Of all halves together: what ships."""
    crossed: list[Excess]
    """For each half, what the other one says."""

    @classmethod
    def of(cls, halves: list[Half], pairs: str, size: int) -> "Measured":
        mixtures = [Mixture.of(half, pairs) for half in halves]
        once = draw(size, None)
        crossed = [stated([other], once) for other in reversed(mixtures)]
        return cls(halves, pairs, size, stated(mixtures, once), crossed)

    def sampled(self) -> list[Excess]:
        """What other people, drawn from these, say of rates that can be counted."""
        floor = self.excess.at(RATES[0]) - MARGIN
        mixtures = [Mixture.of(half, self.pairs, floor) for half in self.halves]
        return [stated(mixtures, draw(self.size, each)) for each in np.random.default_rng(0).spawn(SAMPLES)]

    def cuts(self, rate: float) -> list[float]:
        return [each.at(rate) for each in self.crossed]

    def populations(self, files: list[str]) -> dict[str, dict[str, object]]:
        """The false match rates that were measured where `RATES` are stated, of one population after the other."""
        tables = [[half.table(crowd, self.pairs) for crowd in (half.seen, half.others)] for half in self.halves]
        both = list(zip(self.halves, tables, strict=True))
        found = {"LFW, random": self._rates([(seen, np.arange(len(seen)), half.people) for half, (seen, _) in both])}
        for name, members in groups(files):
            chosen = [(table, np.flatnonzero(members[half.rows]), half.rows) for half, (_, table) in both]
            found[name] = self._rates(chosen)
        return found

    def _rates(self, people: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> dict[str, object]:
        floor = min(self.cuts(RATES[0]))
        parts = [Strangers.of(*each, floor, self.pairs != TYPES[0]) for each in people]
        rates = {}
        for rate in RATES:
            value, ends = shares(parts, self.cuts(rate), self.size, SAMPLES)
            rates[text(rate)] = {"measured": _digits(value), "interval": [_digits(end) for end in ends]}
        return {
            "people": len(np.unique(np.concatenate([part.people for part in parts]))),
            "pairs": int(sum(part.total for part in parts)),
            "false_match_rate": rates,
        }

    def accepted(self, protocol: Protocol) -> dict[str, dict[str, object]]:
        """The shares of LFW's genuine pairs that are accepted, by the pair's thresholds and by one for all.

        The one for all is the similarity that the rate of random pairs of the same half reaches.
        """
        pairs = [self._genuine(half, protocol) for half in self.halves]
        owner = np.concatenate([owner for _, _, owner in pairs])
        random = [self._random(half) for half in self.halves]
        found = {}
        for rate in (*RATES, *EXTRAPOLATED):
            passed = [excess >= cut for (excess, _, _), cut in zip(pairs, self.cuts(rate), strict=True)]
            value, ends = _share(np.concatenate(passed), owner)
            entry = {"true_accept_rate": _digits(value), "true_accept_rate_interval": [_digits(end) for end in ends]}
            if rate in RATES:
                fixed = [
                    alike >= np.quantile(others, 1 - rate)
                    for (_, alike, _), others in zip(pairs, random, strict=True)
                ]
                entry["true_accept_rate_by_one_threshold"] = _digits(float(np.concatenate(fixed).mean()))
            found[text(rate)] = entry
        return found

    def _genuine(self, half: Half, protocol: Protocol) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Excess, similarity and person of the protocol's genuine pairs; with chip portraits, either way round."""
        chosen = protocol.same & (protocol.half[protocol.owner[protocol.first]] == half.number)
        first, second = protocol.first[chosen], protocol.second[chosen]
        if self.pairs != TYPES[0]:
            first, second = np.append(first, second), np.append(second, first)
        others = half.chips if self.pairs == "FacePic-IDPic" else half.vectors
        found = np.isfinite(others[second, 0])
        first, second = first[found], second[found]
        photos, others = half.vectors[first], others[second]
        similarity = np.einsum("nd,nd->n", photos, others)
        places = half.kinds.places(photos)
        expected = places if self.pairs == "search" else half.kinds.places(others)
        base, spread = half.kinds.impostors(places, expected, self.pairs == "FacePic-IDPic")
        return (similarity - base) / spread, similarity, protocol.owner[first]

    def _random(self, half: Half) -> np.ndarray:
        """Similarities of LFW's different people."""
        table = half.seen.photos @ (half.seen.chips if self.pairs == "FacePic-IDPic" else half.seen.photos).T
        table[np.diag_indices(len(table))] = np.nan
        return table[np.isfinite(table)]

    def searches(self, samples: int) -> list[dict[str, object]]:
        """Strangers of LFW found in groups of others, people of one half by what the other one says."""
        tables = [_alone(half.table(half.seen, self.pairs)) for half in self.halves]
        return searches(self.crossed, tables, (10, 100, 500), samples)

    def searches_elsewhere(self, files: list[str], group: str, sizes: tuple[int, ...]) -> list[dict[str, object]]:
        """The same for people of UTKFace."""
        members = dict(groups(files))[group]
        tables = []
        for half in self.halves:
            chosen = np.flatnonzero(members[half.rows])
            tables.append(_alone(half.table(half.others[chosen], self.pairs)))
        return searches(self.crossed, tables, sizes, 0)


def _alone(table: np.ndarray) -> np.ndarray:
    """Nobody is compared with himself."""
    np.fill_diagonal(table, -np.inf)
    return table


def _share(passed: np.ndarray, owner: np.ndarray) -> tuple[float, tuple[float, float]]:
    """The share of True, with its 95 % interval over owners."""
    people, place = np.unique(owner, return_inverse=True)
    hits, all_of = np.bincount(place, passed), np.bincount(place)
    counts = np.random.default_rng(0).multinomial(len(people), np.full(len(people), 1 / len(people)), SAMPLES)
    return float(passed.mean()), interval(counts @ hits / (counts @ all_of))


def _digits(share: float) -> float:
    return float(f"{share:.3g}") if share < 0.5 else round(share, 4)


def text(rate: float) -> str:
    return f"{rate:f}".rstrip("0") if rate >= ANCHOR else f"1e-{-round(log10(rate))}"
