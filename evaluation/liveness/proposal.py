"""Proposes thresholds for a deployment's cameras, from its own live photos alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from ..figures import Estimate
from ..metrics import interval
from ..report import estimate
from .figures import LIVE, Presentations, Row, measure

BLOCKED = 0.2
"""Share of the live photos to review that may be blocked."""
STEP, HIGHEST = 0.01, 100.0
"""Rounding of rates in responses, and their maximum."""
DRAWS = 20_000
"""Draws for an interval."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A parameter of the deployment."""

    parameter: str
    value: float
    """0–100: the suggestion applies from this rate upwards."""
    expected: Estimate
    """Share of further live photos of such cameras that reach the value; 95 %, if each shows somebody else."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The parameters to deploy, and their effect on the labelled photos."""

    photos: int
    """Live photos, and the people they show."""
    people: int
    thresholds: tuple[Threshold, ...]
    """LivenessReview and LivenessBlock; empty with `refusal`."""
    rows: tuple[Row, ...]
    """The labelled attacks that would pass, worst first."""
    refusal: str
    """Why nothing can be proposed, or ""."""

    def summary(self) -> Iterator[str]:
        """The lines for the terminal."""
        yield f"  For these cameras, by {self.photos:,} live photos of {self.people:,} people:"
        if self.refusal:
            yield f"  {self.refusal}"
            return
        for each in self.thresholds:
            named = f"{each.parameter} {each.value:g}"
            yield f"  {named:<22}{estimate(each.expected)} of further live photos reach it"
        for row in self.rows:
            kind = f"APCER, {row.name}"
            yield f"  {kind:<22}{row.presentations:>8,}{row.subjects:>10,}   {estimate(row.error)} at LivenessReview"
        yield f"  Deploy with: {' '.join(f'{each.parameter}={each.value:g}' for each in self.thresholds)}"


def propose(shown: Presentations, wanted: float) -> Proposal:
    """The thresholds that at most the share `wanted` of further live photos is expected to reach, and a fifth of it.

    The share of further photos above the k-th highest of n is k / (n + 1) in the mean, whatever the distribution of the
    rates, and has the beta distribution of k and n - k + 1. Attacks are not used.
    """
    is_live = shown.instrument == LIVE
    live, people = np.sort(shown.rate[is_live])[::-1], len(np.unique(shown.subject[is_live]))
    least = ceil(round(1 / wanted - 1, 6))
    refusal = ""
    if len(live) < least:
        refusal = f"At least {least} live photos with a face are needed for {100 * wanted:g} %."
    elif live[_place(live, wanted) - 1] >= HIGHEST:
        refusal = f"{100 * wanted:g} % or more of them have the highest possible rate."
    if refusal:
        return Proposal(len(live), people, (), (), refusal)
    review = _threshold("LivenessReview", live, _place(live, wanted))
    # with few photos, the threshold lies above all of them
    block = _threshold("LivenessBlock", live, _place(live, wanted * BLOCKED))
    attacks = measure(shown.of(np.flatnonzero(~is_live)), review.value - STEP / 2) if not is_live.all() else ()
    return Proposal(len(live), people, (review, block), attacks, "")


def _place(live: np.ndarray, wanted: float) -> int:
    return max(1, floor(wanted * (len(live) + 1) + 1e-9))


def _threshold(parameter: str, live: np.ndarray, place: int) -> Threshold:
    """Just above the live rate at this place, counted from the highest."""
    value = min(HIGHEST, round(float(live[place - 1]) + STEP, 2))
    shares = np.random.default_rng(0).beta(place, len(live) - place + 1, DRAWS)
    return Threshold(parameter, value, Estimate(place / (len(live) + 1), *interval(shares)))
