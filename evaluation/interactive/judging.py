"""Judges sequences as a call does, and counts the results."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from visage.liveness.actions import Action
from visage.liveness.flaws import Finding, Flaw
from visage.liveness.frames import Frame, see
from visage.liveness.verify import Verdict, judge
from visage.media.decode import Picture

from ..attributes.figures import wilson

BLOCK = 0.9
"""The recapture score from which a call refuses: `LivenessBlock` by default."""

Seen = tuple[Picture, Frame | Flaw]


def seen(picture: np.ndarray) -> Seen:
    """What a call computes from a single frame, uint8 (h, w, 3)."""
    return Picture(picture, picture.shape[1], picture.shape[0]), see(picture)


def judged(asked: Sequence[Action], frames: Sequence[Seen], block: float = BLOCK) -> Verdict:
    """The verdict of a call on these frames."""
    return judge(asked, frames, block, time.monotonic() + 3600)


@dataclass(slots=True)
class Row:
    """How many sequences of a kind pass."""

    name: str
    asked: int = 0
    passed: int = 0
    subjects: set[str] = field(default_factory=set)
    reasons: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)

    def add(self, subject: str, verdict: Verdict, what: str) -> None:
        """Count a verdict on the sequence called `what`."""
        self.asked += 1
        self.passed += verdict.passed
        self.subjects.add(subject)
        self.reasons.update(flaw.value for flaw in verdict.flaws)
        if not verdict.passed:
            self.refusals.append(f"{what}: {'; '.join(map(_said, verdict.findings))}")

    def line(self) -> str:
        """One line of the table: share of those that pass, with its 95 % interval."""
        if not self.asked:
            return f"{self.name:<44} none"
        share = wilson(self.passed, self.asked)  # treats all sequences as independent
        shown = f"{share.value:6.1%} [{share.low:.1%} – {share.high:.1%}]"
        return f"{self.name:<44} {self.passed:>4} of {self.asked:<4} {len(self.subjects):>3} {shown}"


def _said(finding: Finding) -> str:
    about = [finding.action.value if finding.action else "", "" if finding.frame is None else f"frame {finding.frame}"]
    if finding.measured is not None:
        about.append(f"{finding.measured:.2f}, limit {finding.limit:.2f}")
    return f"{finding.flaw.value} ({', '.join(filter(None, about))})"
