"""The networks of the second teaching: the first network's last layer, taught again, and upper layers of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..logistic import sigmoid
from ..samples import COLUMN
from . import material, teach, upper
from .last import Last
from .material import Material
from .shown import Shown
from .upper import Upper
from .upper_layers import ANSWERED


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    last: Last
    upper: Upper | None = None
    """Answers `ANSWERED` instead of the last layer."""

    def logits(self, shown: Shown, asked: np.ndarray | None = None) -> np.ndarray:
        """float32 (n, QUESTIONS); NaN where not `asked`, bool (n,)."""
        rows = np.arange(len(shown.row)) if asked is None else np.flatnonzero(asked)
        found = np.full((len(shown.row), len(COLUMN)), np.nan, np.float32)
        found[rows] = self.last.logits(shown.last[rows])
        if self.upper is not None:
            columns = [COLUMN[question] for question in ANSWERED]
            found[np.ix_(rows, columns)] = upper.logits(self.upper, shown, rows)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What both are taught on, one row per picture."""

    shown: Shown
    targets: np.ndarray
    """float32 (n, QUESTIONS)"""
    weights: np.ndarray
    """float32 (n, QUESTIONS): confidence in that."""
    appeal: np.ndarray
    """float64 (n,): how often a picture is shown relative to others."""

    @classmethod
    def prepared(cls, faces: Material, shown: Shown, plain: np.ndarray) -> "Lessons":
        """`plain` (faces, QUESTIONS): the first network's logits, which hold where nobody said anything."""
        targets, weights = material.answers(faces, shown.row, shown.kind, sigmoid(plain))
        appeal = np.where(shown.kind == "", material.appeal(faces)[shown.row], 1.0)
        return cls(shown, targets, weights, appeal)

    def last(self, before: Last, kept: np.ndarray) -> Last:
        """The last layer taught on the pictures `kept`, bool (n,)."""
        rows = np.flatnonzero(kept)
        trust = self.weights[rows] * self.appeal[rows, None].astype(np.float32)
        return teach.teach(before, self.shown.last[rows], self.targets[rows], trust)

    def upper(self, path: Path, kept: np.ndarray, say: Callable[[int, float], None]) -> Upper:
        """The upper layers taught on the pictures `kept`, bool (n,), from the first network in this file."""
        return upper.teach(path, self.shown, self.targets, np.minimum(self.weights, 1), self.appeal, kept, say)
