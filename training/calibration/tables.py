"""Tables of all pairs of some people with others, and the share of pairs that reach a value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.metrics import interval

Table = np.ndarray
"""float (n, m): a value for each pair; NaN where there is none."""
SAMPLES = 200
"""Samples of the bootstrap over people."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of pairs, with its 95 % interval over people."""

    value: float
    low: float
    high: float
    pairs: int
    """Pairs that were counted; each pair of people counts once."""
    people: int

    def __str__(self) -> str:
        return f"{digits(self.value)} ({digits(self.low)} – {digits(self.high)})"


def digits(value: float) -> str:
    """A small number with two significant digits, written out."""
    if value == 0:
        return "0"
    if abs(value) >= 10:
        return f"{value:.0f}"
    return f"{float(f'{value:.2g}'):g}"


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Pairs of two people; a draw of the bootstrap may contain a person several times."""

    reaching: np.ndarray
    """bool (n, n): pairs that reach the value."""
    valid: np.ndarray
    """bool (n, n): pairs that count."""

    def shares(self, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each draw (samples, n), how many pairs reach the value and how many count."""
        rows, columns = np.nonzero(self.reaching & self.valid)
        reach = (draws[:, rows] * draws[:, columns]).sum(axis=1)
        every = np.einsum("sn,sn->s", draws @ self.valid.astype(np.float32), draws)
        return reach, every


def share(parts: Sequence[Counted], seed: int = 0) -> Share:
    """The share over parts that have no people in common."""
    generator = np.random.default_rng(seed)
    reach, every, pairs, people = np.zeros(SAMPLES + 1), np.zeros(SAMPLES + 1), 0, 0
    for part in parts:
        count = len(part.valid)
        present = part.valid.any(axis=0) | part.valid.any(axis=1)
        drawn = generator.multinomial(count, np.full(count, 1 / count), SAMPLES)
        draws = np.vstack([np.ones((1, count)), drawn]).astype(np.float32)
        found = part.shares(draws)
        reach += found[0]
        every += found[1]
        symmetric = bool((part.valid == part.valid.T).all())
        pairs += int(part.valid.sum()) // (2 if symmetric else 1)
        people += int(present.sum())
    rates = reach / np.maximum(every, 1)
    low, high = interval(rates[1:])
    if not reach[0]:  # rule of three
        high = min(1.0, 3 / max(pairs, 1))
    return Share(float(rates[0]), float(low), float(high), pairs, people)
