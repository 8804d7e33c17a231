"""The scale that orders pairs: how rarely similar kinds of different people reach a similarity, as in the score."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from visage.faces.recognition import impostors, score
from visage.faces.recognition.impostors import Kinds, Rarity


@dataclass(frozen=True, slots=True)
class Scale:
    """A value for each pair, and its score."""

    table: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """Embeddings (n, d) and (m, d) → values of all pairs (n, m); higher is more similar."""
    pairs: Callable[[np.ndarray, np.ndarray], np.ndarray]
    """Embeddings (n, d) of both sides → values of n pairs (n,)."""
    score: Callable[[float], float]
    """Value → score, increasing."""
    value: Callable[[float], float]
    """Score → value."""
    thresholds: Mapping[str, float]
    """Stated FMR → score."""


def shipped_scale() -> Scale:
    """The shipped scale: decades of the FMR between photos."""
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
    """-log10 of the FMR of every pair of embeddings (n, d) and (m, d): float32 (n, m); NaN stays NaN."""
    excess, population = rarities
    similarity = first @ second.T
    rare = np.minimum(excess.at(excesses(kinds, first, second, chip)), population.at(similarity))
    return rare.astype(np.float32)


def excesses(kinds: Kinds, first: np.ndarray, second: np.ndarray, chip: bool) -> np.ndarray:
    """How many spreads every pair's similarity is above its base: `Kinds.impostors` for (n, m) pairs at once."""
    row = int(chip)
    x, y = (kinds.places(side).astype(np.float64) for side in (first, second))
    shares = [kinds.shares(place) for place in (x, y)]
    own, other = (kinds.crowding(*each, row, side) for side, each in enumerate(zip((x, y), shares, strict=True)))
    base = kinds.constant[row] + (own[:, None] + other) / 2 + (shares[0] * kinds.shared[row]) @ shares[1].T
    widths = [share @ kinds.spread[row] / 2 for share in shares]
    return (first @ second.T - base) / np.exp(widths[0][:, None] + widths[1])
