"""Error rates of presentation attack detection, as ISO/IEC 30107-3 names them.

APCER: the share of one instrument's attacks that are taken for live; of several instruments the worst one's counts.
BPCER: the share of live presentations that are taken for attacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..figures import SAMPLES, Estimate
from ..metrics import draws, interval

LIVE = "live"


@dataclass(frozen=True, slots=True, eq=False)
class Presentations:
    """What was shown, and what was said of it."""

    rate: np.ndarray
    """float (n,): the higher, the more surely an attack."""
    instrument: np.ndarray
    """str (n,): LIVE, or what the attack was made with."""
    subject: np.ndarray
    """(n,): whom each shows."""

    def of(self, rows: np.ndarray) -> "Presentations":
        return Presentations(self.rate[rows], self.instrument[rows], self.subject[rows])


@dataclass(frozen=True, slots=True)
class Row:
    """One instrument's APCER, or the BPCER of the live."""

    name: str
    presentations: int
    subjects: int
    error: Estimate
    """95 %: bootstrap over subjects; where nothing errs, or everything, the rule of three over subjects."""


def threshold(live: np.ndarray, bpcer: float) -> float:
    """The lowest rate above which no more than this share of the live rates (n,) lies."""
    ordered = np.sort(live)[::-1]
    return float(ordered[int(bpcer * len(ordered))])


def measure(shown: Presentations, cut: float) -> tuple[Row, ...]:
    """A row for each instrument, the worst first, then the live; what lies above `cut` counts as an attack."""
    attacks = [_row(shown, name, cut) for name in np.unique(shown.instrument).tolist() if name != LIVE]
    attacks.sort(key=lambda row: -row.error.value)
    return (*attacks, *([_row(shown, LIVE, cut)] if (shown.instrument == LIVE).any() else []))


def _row(shown: Presentations, name: str, cut: float) -> Row:
    mine = shown.of(np.flatnonzero(shown.instrument == name))
    wrong = (mine.rate > cut) == (name == LIVE)
    _, subject = np.unique(mine.subject, return_inverse=True)
    people = int(subject.max()) + 1
    total, errors = np.bincount(subject), np.bincount(subject, weights=wrong)
    drawn = draws(people, SAMPLES, seed=0)
    low, high = interval((drawn @ errors) / (drawn @ total))
    value = float(wrong.mean())
    if value == 0:
        high = min(1.0, 3 / people)
    if value == 1:
        low = max(0.0, 1 - 3 / people)
    return Row(name, len(wrong), people, Estimate(value, low, high))


def worst(rows: tuple[Row, ...]) -> Row:
    """The attacks' row whose APCER counts."""
    return next(row for row in rows if row.name != LIVE)


def trade_off(shown: Presentations, bpcers: tuple[float, ...]) -> Mapping[float, float]:
    """The worst APCER at thresholds that these very live presentations set; for comparing, not for quoting."""
    live = shown.rate[shown.instrument == LIVE]
    return {bpcer: worst(measure(shown, threshold(live, bpcer))).error.value for bpcer in bpcers}
