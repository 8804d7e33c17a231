"""Whether what both detectors are not sure of is a person's face: dogs, dolls and stains resemble one, too."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from .. import sessions
from ..appearance.attributes import QUESTIONS, answers
from .looks import Sight

MEASURES = ("centerface", "yunet", "centerface_alone", "yunet_alone", *QUESTIONS, "smile_degree")
"""The scores of both detectors in the whole photo and of the face by itself; then what the attributes' network answered
before it was taught on, as the logarithm of the odds: of what is no face it says what it says of no face."""
_SUREST = 12.0
"""Odds beyond e to this power say no more."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What training/verification.py learnt."""

    weights: np.ndarray
    """(14,), for each of `MEASURES`."""
    constant: float

    @classmethod
    def read(cls, content: bytes) -> "Verification":
        entry = json.loads(content)
        return cls(np.array([entry["weights"][name] for name in MEASURES]), entry["constant"])


def verified(image: np.ndarray, sights: Sequence[Sight]) -> list[Sight]:
    """Those that are faces of people, by a logistic regression on `MEASURES`; with the answers that decided."""
    if not sights:
        return []
    learnt, said = _learnt(), answers(image, [sight.face for sight in sights])
    odds = measures(sights, said) @ learnt.weights + learnt.constant
    return [replace(sight, answers=row) for sight, row, odd in zip(sights, said, odds, strict=True) if odd > 0]


def measures(sights: Sequence[Sight], said: np.ndarray) -> np.ndarray:
    """`MEASURES` of each: float64 (n, 14). `said`: the attributes' network's answers (n, 20)."""
    bounded = np.clip(said[:, -len(QUESTIONS) - 1 :].astype(np.float64), 1e-12, 1 - 1e-12)
    odds = np.clip(np.log(bounded / (1 - bounded)), -_SUREST, _SUREST)
    return np.hstack([np.stack([sight.scores.ravel() for sight in sights]), odds])


@cache
def _learnt() -> Verification:
    return Verification.read(sessions.read("verification"))
