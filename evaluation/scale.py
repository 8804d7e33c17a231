"""What pairs are ordered by: how rarely different people like them are as similar, as the shipped score has it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from visage.faces import impostors, score
from visage.faces.impostors import Kinds, Rarity


@dataclass(frozen=True, slots=True)
class Scale:
    """A value for each pair, and the score that it stands for."""

    table: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """From embeddings (n, d) and (m, d) to the values of all pairs (n, m); the more alike, the higher."""
    pairs: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """From embeddings (n, d) of both sides to the values of n pairs (n,)."""
    score: Callable[[float], float]
    """From a value to a score, rising."""
    value: Callable[[float], float]
    """The inverse."""
    thresholds: Mapping[str, float]
    """Stated false match rate → score."""


def shipped_scale() -> Scale:
    """By the decades of photos' false match rates."""
    kinds, rarities = impostors.shipped()
    return Scale(
        table=lambda first, second: decades(kinds, rarities, first, second),
        pairs=impostors.decades,
        score=score.score,
        value=score.decades,
        thresholds=score.THRESHOLDS,
    )


def decades(
    kinds: Kinds, rarities: tuple[Rarity, Rarity], first: np.ndarray, second: np.ndarray, chip: bool = False
) -> np.ndarray:
    """-log10 of the false match rate of every pair of embeddings (n, d) and (m, d): float32 (n, m); nan stays nan."""
    excess, population = rarities
    similarity = first @ second.T
    rare = np.minimum(excess.at(excesses(kinds, first, second, chip)), population.at(similarity))
    return rare.astype(np.float32)


def excesses(kinds: Kinds, first: np.ndarray, second: np.ndarray, chip: bool) -> np.ndarray:
    """By how many spreads every pair's similarity exceeds its base: `Kinds.impostors` for (n, m) pairs at once."""
    row = int(chip)
    x, y = (kinds.places(side).astype(np.float64) for side in (first, second))
    shares = [kinds.shares(place) for place in (x, y)]
    own, other = (kinds.crowding(*each, row, side) for side, each in enumerate(zip((x, y), shares, strict=True)))
    base = kinds.constant[row] + (own[:, None] + other) / 2 + (shares[0] * kinds.shared[row]) @ shares[1].T
    widths = [share @ kinds.spread[row] / 2 for share in shares]
    return (first @ second.T - base) / np.exp(widths[0][:, None] + widths[1])
