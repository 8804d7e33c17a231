"""Error rates of presentation attack detection, as defined in ISO/IEC 30107-3.

APCER: share of one instrument's attacks classified as live; of several instruments, the worst counts. BPCER: share of
live presentations classified as attacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..figures import SAMPLES, Estimate
from ..metrics import draws, interval

LIVE = "live"


@dataclass(frozen=True, slots=True, eq=False)
class Presentations:
    """Presentations and their scores."""

    rate: np.ndarray
    """float (n,): the higher, the more likely an attack."""
    instrument: np.ndarray
    """str (n,): LIVE, or the instrument of the attack."""
    subject: np.ndarray
    """(n,): the subject of each."""

    def of(self, rows: np.ndarray) -> "Presentations":
        return Presentations(self.rate[rows], self.instrument[rows], self.subject[rows])


@dataclass(frozen=True, slots=True)
class Row:
    """One instrument's APCER, or the BPCER."""

    name: str
    presentations: int
    subjects: int
    error: Estimate
    """95 %: bootstrap over subjects; if nothing errs, or everything does, the rule of three over subjects."""


def threshold(live: np.ndarray, bpcer: float) -> float:
    """The lowest score above which at most this share of the live scores (n,) lies."""
    ordered = np.sort(live)[::-1]
    return float(ordered[int(bpcer * len(ordered))])


def measure(shown: Presentations, cut: float) -> tuple[Row, ...]:
    """A row per instrument, worst first, then the live ones; scores above `cut` count as attacks."""
    attacks = [_row(shown, name, cut) for name in np.unique(shown.instrument).tolist() if name != LIVE]
    attacks.sort(key=lambda row: -row.error.value)
    return (*attacks, *([_row(shown, LIVE, cut)] if (shown.instrument == LIVE).any() else []))


def _row(shown: Presentations, name: str, cut: float) -> Row:
    presentations = shown.of(np.flatnonzero(shown.instrument == name))
    wrong = (presentations.rate > cut) == (name == LIVE)
    _, subject = np.unique(presentations.subject, return_inverse=True)
    people = int(subject.max()) + 1
    total, errors = np.bincount(subject), np.bincount(subject, weights=wrong)
    samples = draws(people, SAMPLES, seed=0)
    low, high = interval((samples @ errors) / (samples @ total))
    value = float(wrong.mean())
    if value == 0:
        high = min(1.0, 3 / people)
    if value == 1:
        low = max(0.0, 1 - 3 / people)
    return Row(name, len(wrong), people, Estimate(value, low, high))


def worst(rows: tuple[Row, ...]) -> Row:
    """The row of the instrument with the worst APCER."""
    return next(row for row in rows if row.name != LIVE)


def trade_off(shown: Presentations, bpcers: tuple[float, ...]) -> Mapping[float, float]:
    """The worst APCER at thresholds fitted to these same live presentations: optimistic, so only for comparison."""
    live = shown.rate[shown.instrument == LIVE]
    return {bpcer: worst(measure(shown, threshold(live, bpcer))).error.value for bpcer in bpcers}
