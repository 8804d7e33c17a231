"""Learns how alike different people are, by their kinds: python -m training.impostors

Writes layers/models/trained/kinds.npz. No label of sex, origin or age is used: kinds are groups of similar embeddings
(k-means), and what is learnt are the similarities of different people of one kind.
"""

import argparse
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from visage.faces import sessions
from visage.faces.embed import Projection, fuse
from visage.faces.impostors import Kinds

from . import features
from .data import DATA, ROOT, unique
from .protocol import Protocol

TRAINED = ROOT / "layers" / "models" / "trained"
AXES = 16
LEADING, APART = 6, 1.2
"""Differences along so many leading axes count, and a little more than they tell two people apart."""
GROUPS = 16
"""Kinds that pairs are drawn from."""
DRAWN = 150_000
"""Pairs, the same number from each kind."""
RATE = 0.01
"""Of different people, so many reach the base."""
_SMOOTHING = 0.002
_STEPS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """One photo each of different people, with what a chip portrait made of it looks like."""

    photos: np.ndarray
    """float32 (n, 256)"""
    chips: np.ndarray
    """float32 (n, 256); rows of nan where no face was found in the chip portrait."""

    def __getitem__(self, chosen: np.ndarray) -> "Crowd":
        return Crowd(self.photos[chosen], self.chips[chosen])

    @classmethod
    def of(cls, *parts: "Crowd") -> "Crowd":
        return cls(*(np.concatenate([getattr(part, side) for part in parts]) for side in ("photos", "chips")))


def fit(crowd: Crowd, seed: int = 0) -> tuple[Kinds, np.ndarray]:
    """Learns from these people; returns the centres of the kinds (GROUPS, AXES) as well."""
    generator = np.random.default_rng(seed)
    mean = crowd.photos.mean(axis=0)
    _, directions = np.linalg.eigh(np.cov(crowd.photos - mean, rowvar=False))
    axes = directions[:, ::-1][:, :AXES]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(AXES)])
    apart = np.where(np.arange(AXES) < LEADING, APART, 0.0)
    places = (crowd.photos - mean) @ axes
    reach = np.quantile(np.abs(places), 0.999, axis=0)
    centres = k_means(places, GROUPS, generator)
    pairs = _alike(kind_of(places, centres), generator)

    chipped = (np.nan_to_num(crowd.chips, nan=0.0) - mean) @ axes
    photo = _regress(places, places, crowd.photos, crowd.photos, pairs, apart)
    found = pairs[np.isfinite(crowd.chips[pairs[:, 1], 0])]
    chip = _regress(places, chipped, crowd.photos, crowd.chips, found, apart)
    linear, square, constant, spread = (np.stack(both) for both in zip(photo, chip, strict=True))
    arrays = (mean, axes, reach, apart, constant, linear, square, spread)
    return Kinds(*(array.astype(np.float32) for array in arrays)), centres


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


def _alike(kind: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """int (n, 2): rows of two different people of one kind, of each kind as many."""
    drawn = []
    for group in range(GROUPS):
        members = np.flatnonzero(kind == group)
        if len(members) > 1:
            drawn.append(generator.choice(members, (DRAWN // GROUPS, 2)))
    pairs = np.concatenate(drawn)
    return pairs[pairs[:, 0] != pairs[:, 1]]


def _regress(
    first: np.ndarray,
    second: np.ndarray,
    photos: np.ndarray,
    others: np.ndarray,
    pairs: np.ndarray,
    apart: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """`linear` (2, AXES), `square` (2, AXES), `constant` () and `spread` (2,) of `Kinds` for pairs of one type."""
    left, right = pairs.T
    x, y = first[left], second[right]
    similarity = np.einsum("nd,nd->n", photos[left], others[right]) + (x - y) ** 2 @ apart / 2
    if first is second:  # both sides count alike
        columns = [np.ones((len(x), 1)), (x + y) / 2, (x**2 + y**2) / 2]
    else:
        columns = [np.ones((len(x), 1)), x / 2, y / 2, x**2 / 2, y**2 / 2]
    design = np.hstack(columns)
    weights = quantile_regression(design, similarity, 1 - RATE)
    excess = similarity - design @ weights
    exceeding = excess > 0
    size = ((x**2).sum(axis=1) + (y**2).sum(axis=1))[exceeding] / 2
    spread = exponential_regression(np.column_stack([np.ones(len(size)), size]), excess[exceeding])
    sides = weights[1:].reshape(2, -1, AXES)
    linear, square = (np.broadcast_to(side, (2, AXES)) for side in sides)
    return linear, square, weights[0], spread


def quantile_regression(design: np.ndarray, values: np.ndarray, share: float) -> np.ndarray:
    """Weights w such that this share of the values lies below design @ w, for all kinds of rows; column 0 is ones.

    R. Koenker, G. Bassett, "Regression Quantiles", Econometrica 46(1), 1978; Newton's method on the check function,
    whose corner is rounded off, less and less.
    """
    middle, scale = design.mean(axis=0), design.std(axis=0)
    middle[0], scale[0] = 0, 1
    rows = (design - middle) / scale
    weights = np.zeros(rows.shape[1])
    weights[0] = np.quantile(values, share)
    for step in range(_STEPS):
        width = max(_SMOOTHING, 8 * _SMOOTHING * 0.7**step)
        below = 1 / (1 + np.exp(np.clip((values - rows @ weights) / width, -50, 50)))
        gradient = rows.T @ (below - share) / len(rows)
        curvature = (rows * (below * (1 - below) / width)[:, None]).T @ rows / len(rows)
        weights -= np.clip(np.linalg.solve(curvature + 1e-6 * np.eye(len(weights)), gradient), -0.01, 0.01)
    weights = weights / scale
    weights[0] -= weights[1:] @ middle[1:]
    return weights


def exponential_regression(design: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weights w such that the mean of the values, above 0, is exp(design @ w); column 0 is ones."""
    weights = np.zeros(design.shape[1])
    weights[0] = np.log(values.mean())
    for _ in range(_STEPS):
        ratio = values / np.exp(design @ weights)
        weights += np.linalg.solve((design * ratio[:, None]).T @ design, design.T @ (ratio - 1))
    return weights


def excesses(kinds: Kinds, photos: np.ndarray, others: np.ndarray, chip: bool) -> np.ndarray:
    """By how many spreads every photo's similarity to every other picture exceeds its base: float64 (n, m)."""
    x, y = (kinds.places(side).astype(np.float64) for side in (photos, others))
    own, other = (
        place @ linear + place**2 @ (square - kinds.apart)
        for place, linear, square in zip((x, y), kinds.linear[int(chip)], kinds.square[int(chip)], strict=True)
    )
    base = kinds.constant[int(chip)] + (own[:, None] + other) / 2 + (x * kinds.apart) @ y.T
    constant, slope = kinds.spread[int(chip)]
    widths = ((place**2).sum(axis=1) * slope / 2 for place in (x, y))
    return (photos @ others.T - base) / np.exp(constant + next(widths)[:, None] + next(widths))


def crowds(data: Path, projections: list[Projection]) -> list[tuple[Crowd, Crowd]]:
    """LFW's people, in the protocol's order, and UTKFace's, as each projection shows them."""
    seen, others = features.lfw(data), features.utkface(data)
    portraits, known = Protocol.of(data, seen).portraits(), unique(others.files)
    found = []
    for projection in projections:
        pair = []
        for images, rows, chips in (
            (seen, portraits, features.lfw_chips(data)),
            (others, np.flatnonzero(known), features.utkface_chips(data)),
        ):
            row_of = {file: row for row, file in enumerate(chips.files)}
            places = [row_of.get(images.files[row], -1) for row in rows]
            portrait = np.append(fuse(chips.dlib, chips.faceres, projection), np.full((1, 256), np.nan), axis=0)
            pair.append(Crowd(fuse(images.dlib[rows], images.faceres[rows], projection), portrait[places]))
        found.append(tuple(pair))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA, help="default: %(default)s")
    arguments = parser.parse_args()
    projection = Projection.read((TRAINED / f"{sessions.player('projection')}.npz").read_bytes())
    ((seen, others),) = crowds(arguments.data, [projection])
    kinds, _ = fit(Crowd.of(seen, others))
    arrays = {field.name: getattr(kinds, field.name) for field in fields(kinds)}
    np.savez(TRAINED / f"{sessions.player('kinds')}.npz", **arrays)
    print({name: array.shape for name, array in arrays.items()})


if __name__ == "__main__":
    main()
