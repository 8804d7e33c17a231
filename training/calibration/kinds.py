"""Learns how alike different people are, by their kinds and by what covers their faces.

No label of sex, origin or age is used: kinds are what embeddings share over many people. What covers a face is drawn on
it, so that its direction is known.
"""

from dataclasses import dataclass

import numpy as np

from visage.faces.impostors import Kinds

from ..features import CHIP
from .accessories import ACCESSORIES
from .people import People
from .regression import exponential_regression, quantile_regression

AXES = 20
"""Leading directions of people's differences, beside those of accessories."""
GROUPS = 16
"""Kinds that pairs are drawn from."""
DRAWN = 40_000
"""Pairs of each sort: of one kind, of any two people, of two who wear the same, and of one who wears something."""
RATE = 0.01
"""Of different people, so many reach the base."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of different people's views: embeddings (n, 128) of either side."""

    first: np.ndarray
    second: np.ndarray

    @classmethod
    def of(cls, *parts: "Pairs") -> "Pairs":
        return cls(*(np.concatenate([getattr(part, side) for part in parts]) for side in ("first", "second")))


def fit(people: People, seed: int = 0) -> Kinds:
    """Learns from these people."""
    generator = np.random.default_rng(seed)
    photos = people.photos
    mean = photos.mean(axis=0)
    axes = _axes(people, mean)
    everything = np.concatenate([view[np.isfinite(view[:, 0])] for view in people.views.values()])
    reach = np.quantile(np.abs((everything - mean) @ axes), 0.999, axis=0)
    plain = Kinds(mean, axes, reach, *[np.zeros(0)] * 5)
    kind = kind_of(plain.places(photos), k_means(plain.places(photos), GROUPS, generator))

    between = _drawn(people, kind, generator)
    photo = _regress(plain, between, alike=True)
    chip = _regress(plain, _chipped(people, kind, generator), alike=False)
    product, constant, linear, square, spread = (np.stack(both) for both in zip(photo, chip, strict=True))
    arrays = (mean, axes, reach, product, constant, linear, square, spread)
    return Kinds(*(array.astype(np.float32) for array in arrays))


def _axes(people: People, mean: np.ndarray) -> np.ndarray:
    """float (128, k), at right angles: what each accessory changes in the mean, then how people differ most."""
    found: list[np.ndarray] = []
    for name in ACCESSORIES:
        change = people.views[name] - people.photos
        found.append(np.nanmean(change, axis=0))
    accessories, _ = np.linalg.qr(np.stack(found, axis=1))
    rest = (people.photos - mean) @ (np.eye(len(mean)) - accessories @ accessories.T)
    _, directions = np.linalg.eigh(np.cov(rest, rowvar=False))
    axes = np.hstack([accessories, directions[:, ::-1][:, :AXES]])
    return axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])


def _drawn(people: People, kind: np.ndarray, generator: np.random.Generator) -> Pairs:
    """Pairs of photos."""
    photos = people.photos
    first, second = _alike(kind, DRAWN * 2, generator)
    parts = [Pairs(photos[first], photos[second])]
    first, second = generator.integers(len(photos), size=(2, DRAWN))
    parts.append(_different(photos, photos, first, second))
    for name in ACCESSORIES:
        view = people.views[name]
        worn = np.flatnonzero(np.isfinite(view[:, 0]))
        first, second = worn[generator.integers(len(worn), size=(2, DRAWN))]
        parts.append(_different(view, view, first, second))
        first, second = _alike(kind[worn], DRAWN, generator)
        parts.append(Pairs(view[worn[first]], view[worn[second]]))
        first, second = _alike(kind, DRAWN // 2, generator)
        parts.append(_different(photos, view, first, second))
    return Pairs.of(*parts)


def _chipped(people: People, kind: np.ndarray, generator: np.random.Generator) -> Pairs:
    """Pairs of a photo and a chip portrait."""
    first, second = np.hstack([_alike(kind, 4 * DRAWN, generator), generator.integers(len(people), size=(2, DRAWN))])
    parts = [_different(people.photos, people.views[CHIP], first, second)]
    for name in ACCESSORIES:
        first, second = _alike(kind, DRAWN, generator)
        parts.append(_different(people.views[name], people.views[CHIP], first, second))
    return Pairs.of(*parts)


def _different(one: np.ndarray, other: np.ndarray, first: np.ndarray, second: np.ndarray) -> Pairs:
    """Nobody with himself, and nobody without the view."""
    kept = (first != second) & np.isfinite(one[first, 0]) & np.isfinite(other[second, 0])
    return Pairs(one[first[kept]], other[second[kept]])


def _alike(kind: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """int (2, n): rows of two different people of one kind, of each kind as many."""
    drawn = []
    for group in range(GROUPS):
        members = np.flatnonzero(kind == group)
        if len(members) > 1:
            drawn.append(generator.choice(members, (2, count // GROUPS)))
    pairs = np.hstack(drawn)
    return pairs[:, pairs[0] != pairs[1]]


def k_means(points: np.ndarray, count: int, generator: np.random.Generator, steps: int = 40) -> np.ndarray:
    """Lloyd's algorithm: centres (count, d)."""
    centres = points[generator.choice(len(points), count, replace=False)]
    for _ in range(steps):
        owner = kind_of(points, centres)
        members = np.bincount(owner, minlength=count)
        sums = np.zeros_like(centres)
        np.add.at(sums, owner, points)
        centres = np.where(members[:, None] > 0, sums / np.maximum(members, 1)[:, None], centres)
    return centres


def kind_of(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """int (n,): the nearest centre of each point."""
    return (points @ centres.T - (centres**2).sum(axis=1) / 2).argmax(axis=1)


def _regress(kinds: Kinds, pairs: Pairs, *, alike: bool) -> tuple[np.ndarray, ...]:
    """`product`, `constant`, `linear`, `square` and `spread` of `Kinds` for pairs of one type.

    With `alike`, both sides count alike.
    """
    x, y = (kinds.places(side).astype(np.float64) for side in (pairs.first, pairs.second))
    similarity = np.einsum("nd,nd->n", pairs.first, pairs.second).astype(np.float64)
    sides = [(x + y) / 2, (x**2 + y**2) / 2] if alike else [x / 2, y / 2, x**2 / 2, y**2 / 2]
    design = np.hstack([np.ones((len(x), 1)), x * y, *sides])
    weights = quantile_regression(design, similarity, 1 - RATE)
    excess = similarity - design @ weights
    exceeding = excess > 0
    size = ((x**2).sum(axis=1) + (y**2).sum(axis=1))[exceeding] / 2
    spread = exponential_regression(np.column_stack([np.ones(len(size)), size]), excess[exceeding])
    axes = x.shape[1]
    product, parts = weights[1 : 1 + axes], weights[1 + axes :].reshape(2, -1, axes)
    linear, square = (np.broadcast_to(part, (2, axes)) for part in parts)
    return product, weights[0], linear, square, spread
