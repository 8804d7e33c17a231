"""Measures the calibration and the network on people that nothing was learnt from, and makes tables of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10
from pathlib import Path

import numpy as np

from evaluation.metrics import accepted, accuracy, draws, interval, threshold
from evaluation.scale import decades
from visage.faces.recognition.identification import per_face
from visage.faces.recognition.impostors import Kinds, Rarity

from .. import features
from ..features import CHIP, PHOTO
from ..protocol import RATES, Protocol
from .accessories import ACCESSORIES
from .chip_portraits import BYTES
from .people import People
from .rarities import alike, pairs
from .tables import SAMPLES, Counted, Share, digits, share

SEXES, ORIGINS = ("men", "women"), ("White", "Black", "Asian", "Indian")
YEARS = 10
"""Years by which people's ages may differ to count as alike."""
SIZES = (10, 100, 500)
Lines = dict[str, tuple[Rarity, Rarity]]


@dataclass(frozen=True, slots=True, eq=False)
class Half:
    """People, and what was learnt from the others."""

    people: People
    kinds: Kinds
    lines: Lines
    """By the second side's view."""
    number: int

    def decades(self, first: np.ndarray, second: np.ndarray, chip: bool = False) -> np.ndarray:
        return decades(self.kinds, self.lines[CHIP if chip else PHOTO], first, second, chip)


def populations(people: People) -> Iterator[tuple[str, np.ndarray]]:
    """Sorts of pairs, each as a mask (n, n)."""
    near = np.abs(people.age[:, None] - people.age) <= YEARS
    same = alike(people)
    yield "LFW, random", pairs(people.lfw)
    yield "UTKFace's adults, random", pairs(people.adult)
    yield "adults alike in sex and origin", same
    yield "adults alike in sex, origin and age", same & near
    for origin, name in enumerate(ORIGINS):
        for sex, word in enumerate(SEXES):
            yield f"{name} {word} alike in age", pairs(people.adult & (people.origin == origin) & (people.sex == sex)) & near
    yield "aged 6 to 17", pairs((people.age >= 6) & (people.age <= 17))
    yield "aged 0 to 5", pairs((people.age >= 0) & (people.age <= 5))


def stated_rates(halves: list[Half]) -> list[str]:
    tables = [half.decades(half.people.photos, half.people.photos) for half in halves]
    masks = [dict(populations(half.people)) for half in halves]
    rows = []
    for name in masks[0]:
        both = [(table, mask[name]) for table, mask in zip(tables, masks, strict=True)]
        rows.append(_row(name, both))
    return rows


def covered(halves: list[Half]) -> list[str]:
    """Rows of pairs in which one or both wear an accessory."""
    rows = []
    for name in ACCESSORIES:
        for words, first in ((f"both: {name}", name), (f"one: {name}", PHOTO)):
            both, same = [], []
            for half in halves:
                table = half.decades(half.people.views[first], half.people.views[name])
                every = pairs(half.people.adult | half.people.lfw)
                both.append((table, every))
                same.append((table, alike(half.people)))
            rows.append(_row(words, both))
            if first == name:
                rows.append(_row(f"{words}, alike in sex and origin", same))
    real = [(half.decades(half.people.photos, half.people.photos), pairs(half.people.masked)) for half in halves]
    return [*rows, _row("both: real mask", real)]


def chips(halves: list[Half]) -> list[str]:
    tables = [half.decades(half.people.photos, half.people.views[CHIP], chip=True) for half in halves]
    sorts = {
        "photo and chip portrait: LFW, random": [pairs(half.people.lfw) for half in halves],
        "photo and chip portrait: UTKFace's adults, random": [pairs(half.people.adult) for half in halves],
        "photo and chip portrait: alike in sex and origin": [alike(half.people) for half in halves],
    }
    return [_row(name, list(zip(tables, masks, strict=True))) for name, masks in sorts.items()]


def _row(name: str, both: list[tuple[np.ndarray, np.ndarray]]) -> str:
    """A row of the table: observed rates relative to the stated ones."""
    cells, found = [], None
    for rate in RATES:
        parts = [Counted(np.nan_to_num(table, nan=-1) >= -log10(rate), mask & np.isfinite(table)) for table, mask in both]
        found = share(parts)
        cells.append(_times(found, rate))
    return f"| {name} | {found.people:,} | {found.pairs:,} | {' | '.join(cells)} |"


def _times(found: Share, rate: float) -> str:
    value, low, high = (digits(each / rate) for each in (found.value, found.low, found.high))
    return f"{value} ({low} – {high})"


def network(protocol: Protocol, vectors: np.ndarray) -> list[str]:
    """Rows on the network's similarity alone, over ten folds."""
    similarity, owner = protocol.similarities(vectors), protocol.owner
    first, second = owner[protocol.first], owner[protocol.second]
    impostors, genuine = protocol.impostors(vectors), protocol.genuine(vectors)
    sampled = draws(len(protocol.people), SAMPLES, seed=0)

    def folds(counts: np.ndarray) -> float:
        picked = np.repeat(np.arange(len(first)), counts[first] * np.where(protocol.same, 1, counts[second]))
        return accuracy(similarity[picked], protocol.same[picked], protocol.fold[picked])

    everyone = np.ones(len(protocol.people), int)
    low, high = interval(np.array([folds(counts) for counts in sampled]))
    known = protocol.known()
    rows = [
        f"| accuracy over ten folds | {len(first):,} pairs of {len(np.unique(np.append(first, second))):,} people "
        f"| {folds(everyone):.2%} | {low:.2%} – {high:.2%} |"
    ]
    for rate in RATES:
        value = accepted(genuine, threshold(impostors, rate))
        samples = [accepted(genuine, threshold(impostors, rate, counts), counts) for counts in sampled]
        low, high = interval(np.array(samples))
        rows.append(
            f"| genuine pairs accepted at a false match rate of {rate:g} | {genuine.total:,} genuine pairs of {known:,} people, "
            f"{impostors.total:,} pairs of {len(protocol.people):,} people | {value:.2%} | {low:.2%} – {high:.2%} |"
        )
    return rows


def genuine(halves: list[Half], protocol: Protocol, vectors: np.ndarray) -> list[str]:
    """Rows on LFW's genuine pairs by score; a chip portrait is made of a person's first photo, compared with another."""
    rows = []
    for name, view in (("photo and photo", PHOTO), ("photo and chip portrait", CHIP)):
        values, owner = [], []
        for half in halves:
            chosen = np.flatnonzero(protocol.same & (protocol.half[protocol.owner[protocol.first]] == half.number))
            first, second = protocol.first[chosen], protocol.second[chosen]
            if view == PHOTO:
                one, other, who = vectors[first], vectors[second], protocol.owner[first]
            else:
                one, other, who = _chipped(half, protocol, vectors)
            found = _pairs(half, one, other, view == CHIP)
            kept = np.isfinite(found)
            values.append(found[kept])
            owner.append(who[kept])
        rows.append(_accepted(name, np.concatenate(values), np.concatenate(owner)))
    return rows


def _chipped(half: Half, protocol: Protocol, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Photos of people, and the chip portraits made of their first photos."""
    portraits = protocol.portraits()
    people = half.people[half.people.lfw]
    row_of = {person: row for row, person in enumerate(np.flatnonzero(protocol.half == half.number).tolist())}
    photos, chip, who = [], [], []
    for row, person in enumerate(protocol.owner.tolist()):
        if person in row_of and portraits[person] != row and np.sum(np.array(who[-6:]) == person) < 5:
            photos.append(vectors[row])
            chip.append(people.views[CHIP][row_of[person]])
            who.append(person)
    return np.array(photos), np.array(chip), np.array(who)


def _pairs(half: Half, first: np.ndarray, second: np.ndarray, chip: bool) -> np.ndarray:
    """Decades of pairs of rows, in batches."""
    found = []
    for start in range(0, len(first), 200):
        part = slice(start, start + 200)
        found.append(np.diag(half.decades(first[part], second[part], chip)))
    return np.concatenate(found)


def _accepted(name: str, values: np.ndarray, owner: np.ndarray) -> str:
    people, place = np.unique(owner, return_inverse=True)
    counts = draws(len(people), SAMPLES, seed=0)
    cells = []
    for rate in RATES:
        passed = values >= -log10(rate)
        hits, every = np.bincount(place, passed), np.bincount(place)
        low, high = interval(counts @ hits / (counts @ every))
        cells.append(f"{passed.mean():.1%} ({low:.1%} – {high:.1%})")
    return f"| {name} | {len(people):,} | {len(values):,} | {' | '.join(cells)} |"


def sizes(data: Path, protocol: Protocol, vectors: np.ndarray) -> list[str]:
    """Rows on chip portraits of more bytes: LFW's genuine pairs, a photo and another's chip portrait, by similarity."""
    found = features.faces(data, features.LFW)
    rows = features.rows(features.LFW, CHIP, found)
    person = protocol.owner[rows]
    others = np.flatnonzero(~np.isin(np.arange(len(vectors)), rows))
    owner = protocol.owner[others]
    lines = []
    for size in sorted((BYTES, *features.SIZES)):
        view = CHIP if size == BYTES else f"{CHIP}-{size}"
        chip = features.embeddings(data, features.LFW, view)
        seen = np.isfinite(chip[:, 0])
        table = vectors[rows] @ chip[seen].T
        impostors = table[person[:, None] != person[seen]]
        genuine = (vectors[others] @ chip[seen].T)[owner[:, None] == person[seen]]
        cells = [f"{np.mean(genuine < np.quantile(impostors, 1 - rate)):.1%}" for rate in RATES]
        lines.append(f"| {size:,} | {(~seen).sum()} of {len(seen)} | {len(genuine):,} | {len(impostors):,} | {' | '.join(cells)} |")
    return lines


def searches(halves: list[Half]) -> list[str]:
    """Rows on searches: how often a stranger matches somebody in a random group."""
    rows = []
    for name, chosen in (("LFW", lambda people: people.lfw), ("UTKFace's adults", lambda people: people.adult)):
        tables = []
        for half in halves:
            photos = half.people.photos[chosen(half.people)]
            table = half.decades(photos, photos)
            np.fill_diagonal(table, -np.inf)
            tables.append(table)
        people = sum(len(table) for table in tables)
        for size in SIZES:
            cells = []
            for rate in RATES[:2]:
                cut = -log10(per_face(rate, size))
                found = [found_share(table, cut, size) for table in tables]
                cells.append(digits(float(np.average(found, weights=[len(table) for table in tables])) / rate))
            rows.append(f"| {name} | {people:,} | {size} | {' | '.join(cells)} |")
    return rows


def found_share(table: np.ndarray, cut: float, size: int) -> float:
    """The share of probes that some face of a random group of this size matches at the cut: hypergeometric."""
    people = np.isfinite(table).sum(axis=1)
    hits = (table >= cut).sum(axis=1)
    missed = np.ones(len(table))
    for drawn in range(size):
        missed *= np.clip(people - hits - drawn, 0, None) / (people - drawn)
    return float(np.mean(1 - missed))
