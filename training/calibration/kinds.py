"""Learns how similar different people are, by their kinds and by what covers their faces.

No label of sex, origin or age is used: a kind is what the embeddings of many people share. Accessories are drawn on
faces, so that their direction among embeddings is known.
"""

from dataclasses import dataclass, replace

import numpy as np

from visage.faces.recognition.impostors import Kinds

from ..features import CHIP, PHOTO
from .accessories import ACCESSORIES
from .people import People
from .regression import exponential_regression, quantile_regression

AXES = 16
"""Leading directions of people's differences, besides those of accessories."""
GROUPS, WORN = 16, 4
"""Kinds of people, and of people who wear an accessory."""
SHARPNESS = 48.0
"""The sharpness of kinds, relative to the variance within one along an axis."""
DRAWN = 12_000
"""Pairs of each sort: two people of one kind, any two, two with the same accessory, one of two with an accessory."""
RIDGE = 1e-4
RATE = 0.01
"""Share of pairs of different people that reach the base."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Pairs of different people's views: embeddings (n, 128) of each side."""

    first: np.ndarray
    second: np.ndarray

    @classmethod
    def of(cls, *parts: "Pairs") -> "Pairs":
        return cls(*(np.concatenate([getattr(part, side) for part in parts]) for side in ("first", "second")))


def fit(people: People, seed: int = 0) -> Kinds:
    """Fit kinds to these people."""
    generator = np.random.default_rng(seed)
    photos = people.photos
    mean = photos.mean(axis=0)
    axes = _axes(people, mean)
    everything = np.concatenate([view[np.isfinite(view[:, 0])] for view in people.views.values()])
    reach = np.quantile(np.abs((everything - mean) @ axes), 0.999, axis=0)
    nothing = np.zeros(0)
    plain = Kinds(mean, axes, reach, nothing, nothing, *[nothing] * 6)
    places = {name: plain.places(view[np.isfinite(view[:, 0])]) for name, view in people.views.items()}
    centres = [k_means(places[PHOTO], GROUPS, generator)]
    kind = kind_of(places[PHOTO], centres[0])
    within = ((places[PHOTO] - centres[0][kind]) ** 2).mean()
    centres += [k_means(places[name], WORN, generator) for name in ACCESSORIES]
    plain = Kinds(mean, axes, reach, np.concatenate(centres), SHARPNESS / within / axes.shape[1], *[nothing] * 6)

    photo = _regress(plain, _drawn(people, kind, generator))
    chip = _follow(plain, photo, _chipped(people, kind, generator))
    rest = (np.stack(both) for both in zip(photo, chip, strict=True))
    arrays = (mean, axes, reach, plain.centres, np.array(plain.sharpness), *rest)
    return Kinds(*(array.astype(np.float32) for array in arrays))


def _axes(people: People, mean: np.ndarray) -> np.ndarray:
    """Orthogonal axes, float (128, k): the mean change by each accessory, then how people differ most."""
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
    """Pairs of two photos."""
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
    anybody = generator.integers(len(people), size=(2, 4 * DRAWN))
    first, second = np.hstack([_alike(kind, 4 * DRAWN, generator), anybody])
    return _different(people.photos, people.views[CHIP], first, second)


def _different(one: np.ndarray, other: np.ndarray, first: np.ndarray, second: np.ndarray) -> Pairs:
    """Pairs of two different people who both have the view."""
    kept = (first != second) & np.isfinite(one[first, 0]) & np.isfinite(other[second, 0])
    return Pairs(one[first[kept]], other[second[kept]])


def _alike(kind: np.ndarray, count: int, generator: np.random.Generator) -> np.ndarray:
    """int (2, n): rows of two different people of one kind, equally many of each kind."""
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


def _regress(kinds: Kinds, pairs: Pairs) -> tuple[np.ndarray, ...]:
    """`constant`, `shared`, `own`, `linear`, `square` and `spread` of `Kinds` for photos: both sides count alike."""
    x, y = (kinds.places(side).astype(np.float64) for side in (pairs.first, pairs.second))
    shares = [kinds.shares(place) for place in (x, y)]
    count, axes = shares[0].shape[1], x.shape[1]
    # shares sum to 1, so the first kind is the baseline
    sides = [np.hstack([share[:, 1:], place, place**2]) / 2 for share, place in zip(shares, (x, y), strict=True)]
    design = np.hstack([np.ones((len(x), 1)), shares[0] * shares[1], sides[0] + sides[1]])
    weights, excess = _fit(design, pairs, RIDGE)
    mean = (shares[0] + shares[1])[excess > 0] / 2
    constant, *more = exponential_regression(np.column_stack([np.ones(len(mean)), mean]), excess[excess > 0])
    side = np.concatenate([[0], weights[1 + count :]])
    own, linear, square = np.split(np.stack([side, side]), [count, count + axes], axis=1)
    return weights[0], weights[1 : 1 + count], own, linear, square, constant + np.array(more)


def _follow(kinds: Kinds, photo: tuple[np.ndarray, ...], pairs: Pairs) -> tuple[np.ndarray, ...]:
    """The same for photos with chip portraits. These have fewer people, so the photos' weights are only stretched."""
    constant, *parts, spread = photo
    rows = [np.stack([each, each]) for each in (constant, *parts, spread)]
    alike = replace(kinds, **dict(zip(("constant", "shared", "own", "linear", "square", "spread"), rows, strict=True)))
    said, width = alike.impostors(kinds.places(pairs.first), kinds.places(pairs.second), chip=False)
    weights, excess = _fit(np.column_stack([np.ones(len(said)), said]), pairs, 0.0)
    wider = np.log(excess[excess > 0].mean() / width[excess > 0].mean())
    return weights[0] + weights[1] * constant, *(weights[1] * part for part in parts), spread + wider


def _fit(design: np.ndarray, pairs: Pairs, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights of the similarity that `RATE` of the pairs reach, and by how much each pair exceeds it."""
    similarity = np.einsum("nd,nd->n", pairs.first, pairs.second).astype(np.float64)
    weights = quantile_regression(design, similarity, 1 - RATE, ridge)
    return weights, similarity - design @ weights
