"""Measures what a similarity means and writes layers/models/trained/calibration.json: python -m training.calibrate

Everything is measured on people of whom nothing was learnt: projection and kinds are learnt on one half of the people,
and impostors counted among the other half, and the other way round.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import log10
from pathlib import Path

import numpy as np

from evaluation.metrics import interval
from visage.faces import sessions
from visage.faces.embed import Projection, fuse
from visage.faces.impostors import Excess, Kinds

from . import features
from .calibration_card import card
from .data import DATA
from .fit_projection import TEACHERS, Taught, cross_fit
from .impostors import TRAINED, Crowd, crowds, excesses, kind_of
from .impostors import fit as fit_kinds
from .populations import Strangers, draw, groups, shares
from .protocol import RATES, Protocol
from .tail import ANCHOR, fit_tail, searches

KNOTS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002, 0.0001)
ALIKE = 0.1
"""The share of impostors that are of the pair's own kind. The others are random people: so a stated rate lies between
that of random pairs, which is lower, and that of pairs of one kind, which is higher."""
SAMPLES, SEARCHED = 100, 50
"""Of the bootstrap, and of that of searches."""
EXTRAPOLATED = tuple(10.0**-decade for decade in range(5, 11))
TYPES = ("FacePic-FacePic", "FacePic-IDPic", "search")
"""Pairs of photos, photos and chip portraits, and pairs of which a search knows the probe alone."""
ELSEWHERE = {"adults": (10, 100, 500), "White men": (10, 100), "Black women": (10, 100), "Asian women": (10, 100)}
"""Groups of UTKFace in which searches are tried, and their sizes."""
MARGIN = 0.5
"""Pairs that fall short of the highest of `RATES` by more spreads are only counted."""


def score(rate: float) -> float:
    """The score of the similarity that this share of impostor pairs reaches: 70, 80, 90 at 0.01, 0.001, 0.0001."""
    decades = -log10(rate)
    return 35 * decades if decades <= 2 else 50 + 10 * decades


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """People of whom nothing was learnt, seen through what was learnt of the others."""

    kinds: Kinds
    seen: Crowd
    """LFW's."""
    others: Crowd
    """UTKFace's."""
    kind: np.ndarray
    """int (n,): the kind of each of UTKFace's."""
    rows: np.ndarray
    """int (n,): which of UTKFace's images they are."""
    people: np.ndarray
    """int (m,): who LFW's are."""
    number: int
    """Of the protocol's half."""
    vectors: np.ndarray
    """All of LFW's images, float32 (images, 256)."""
    chips: np.ndarray

    def table(self, crowd: Crowd, kind: str) -> np.ndarray:
        """Excesses (n, n) of a crowd's people among themselves, in pairs of one of `TYPES`."""
        if kind == "search":
            return search_excesses(self.kinds, crowd.photos)
        chip = kind == "FacePic-IDPic"
        return excesses(self.kinds, crowd.photos, crowd.chips if chip else crowd.photos, chip)


def search_excesses(kinds: Kinds, vectors: np.ndarray) -> np.ndarray:
    """(n, n): a search knows the probe's place alone, and expects others there."""
    places = kinds.places(vectors)
    base, spread = kinds.impostors(places, places, chip=False)
    return (vectors @ vectors.T - base[:, None]) / spread[:, None]


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


def halves(taught: Taught, data: Path) -> list[Half]:
    """The halves that projections are cross-fitted on: kinds are learnt on the same people."""
    protocol, seen, chips = taught.protocol, taught.seen, features.lfw_chips(data)
    people = np.flatnonzero(taught.side >= 0)
    side, projections = taught.side[people], cross_fit(taught)
    row_of = {file: row for row, file in enumerate(chips.files)}
    chip_rows = [row_of.get(file, -1) for file in seen.files]
    found = []
    for half, (known, unknown) in enumerate(crowds(data, projections)):
        kinds, centres = fit_kinds(Crowd.of(known[protocol.half != half], unknown[side != half]))
        held = unknown[side == half]
        chipped = fuse(chips.dlib, chips.faceres, projections[half])
        found.append(
            Half(
                kinds=kinds,
                seen=known[protocol.half == half],
                others=held,
                kind=kind_of((held.photos - kinds.mean) @ kinds.axes, centres),
                rows=people[side == half],
                people=np.flatnonzero(protocol.half == half),
                number=half,
                vectors=fuse(seen.dlib, seen.faceres, projections[half]),
                chips=np.append(chipped, np.full((1, chipped.shape[1]), np.nan), axis=0)[chip_rows],
            )
        )
    return found


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
            rates[_text(rate)] = {"measured": _digits(value), "interval": [_digits(end) for end in ends]}
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
            found[_text(rate)] = entry
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


def _text(rate: float) -> str:
    return f"{rate:f}".rstrip("0") if rate >= ANCHOR else f"1e-{-round(log10(rate))}"


def document(taught: Taught, data: Path, shipped: Kinds, projection: Projection) -> dict[str, object]:
    """All of calibration.json."""
    protocol, seen, others = taught.protocol, taught.seen, taught.others
    parts = halves(taught, data)
    size = max(len(protocol.people), len(others.files))
    measured = {pairs: Measured.of(parts, pairs, size) for pairs in TYPES}
    usual = _usual(taught, shipped, fuse(seen.dlib, seen.faceres, projection))
    pairs = {
        name: {
            "excess": _knots(each.excess),
            "tail": {field: float(f"{value:.6g}") for field, value in asdict(each.excess.tail).items()},
            "usual": usual[name],
            "thresholds": _thresholds(each, protocol),
            **({} if name == "search" else {"false_match_rates": each.populations(others.files)}),
        }
        for name, each in measured.items()
    }
    search = measured["search"]
    return {
        "command": "python -m training.calibrate",
        "data": "Labeled Faces in the Wild (LFW) and UTKFace, development halves; one image a person, people of UTKFace"
        " once (same_people.py); chip portraits are simulated (chip_portraits.py)",
        "people": {"LFW": len(protocol.people), "UTKFace": int((taught.side >= 0).sum())},
        "genuine": {"pairs": int(protocol.same.sum()), "people": protocol.known()},
        "interval": f"95 %, {SAMPLES} bootstrap samples over people, {SEARCHED} of searches",
        "thresholds": {_text(rate): {"score": round(score(rate), 2)} for rate in RATES},
        "scale": scale(usual[TYPES[0]], measured[TYPES[0]].excess),
        "pairs": pairs,
        "false_positive_identification_rates": {
            "data": "LFW: what one half of the people says, tried on all groups of the other half",
            "people": [len(part.seen.photos) for part in parts],
            "searches": search.searches(SEARCHED),
        },
        "false_positive_identification_rates_elsewhere": {
            "data": "UTKFace, groups of adults of all kinds and of one kind",
            **{name: search.searches_elsewhere(others.files, name, sizes) for name, sizes in ELSEWHERE.items()},
        },
    }


def usual_pair(kinds: Kinds, first: np.ndarray, second: np.ndarray, chip: bool) -> dict[str, float]:
    """Base and spread in the middle of some pairs of embeddings (n, 256)."""
    both = kinds.impostors(kinds.places(first), kinds.places(second), chip)
    return dict(zip(("base", "spread"), (round(float(np.median(each)), 6) for each in both), strict=True))


def scale(usual: dict[str, float], excess: Excess) -> list[dict[str, float]]:
    """The usual pair's thresholds score 70, 80 and 90."""
    knots = [(usual["base"] + usual["spread"] * excess.at(rate), score(rate)) for rate in KNOTS]
    return [
        {"similarity": round(place, 6), "score": round(value, 4)}
        for place, value in ((-1.0, 0.0), *knots, (1.0, 100.0))
    ]


def _usual(taught: Taught, kinds: Kinds, vectors: np.ndarray) -> dict[str, dict[str, float]]:
    """Of LFW's genuine pairs, and for searches of its faces; no chip portrait is usual."""
    same = taught.protocol.same
    first, second = vectors[taught.protocol.first[same]], vectors[taught.protocol.second[same]]
    return {
        pairs: usual_pair(kinds, first, first if pairs == "search" else second, chip=pairs == "FacePic-IDPic")
        for pairs in TYPES
    }


def _knots(excess: Excess) -> list[dict[str, float]]:
    knots = zip(excess.rates, excess.excesses, strict=True)
    return [{"rate": rate, "excess": round(value, 5)} for rate, value in knots]


def _thresholds(measured: Measured, protocol: Protocol) -> dict[str, dict[str, object]]:
    """By rate: what such a share of impostors exceeds their base by, and the genuine pairs that do."""
    sampled, found = measured.sampled(), {}
    for name, accepted in measured.accepted(protocol).items():
        rate = float(name)
        low, high = interval(np.array([sample.at(rate) for sample in sampled]))
        ends = {"excess": round(measured.excess.at(rate), 4), "excess_interval": [round(low, 4), round(high, 4)]}
        found[name] = ends | accepted
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    parser.add_argument("--teachers", type=Path, default=TEACHERS, help="default: %(default)s")
    arguments = parser.parse_args()
    taught = Taught.of(arguments.data, arguments.teachers)
    kinds = Kinds.read((TRAINED / f"{sessions.player('kinds')}.npz").read_bytes())
    projection = Projection.read((TRAINED / f"{sessions.player('projection')}.npz").read_bytes())
    measured = document(taught, arguments.data, kinds, projection)
    stored = TRAINED / sessions.player("calibration")
    stored.with_suffix(".json").write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n")
    stored.with_suffix(".md").write_text(card(measured))
    print(card(measured))


if __name__ == "__main__":
    main()
