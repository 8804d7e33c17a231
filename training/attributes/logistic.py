"""Logistic regression on a few numbers."""

from dataclasses import dataclass

import numpy as np

_ROUNDS = 50
_RIDGE = 1e-2


@dataclass(frozen=True, slots=True, eq=False)
class Logistic:
    """The log odds of yes as a linear function of (n, d) numbers."""

    slopes: np.ndarray
    """float64 (d,)"""
    offset: float

    @classmethod
    def fit(cls, numbers: np.ndarray, answers: np.ndarray, weights: np.ndarray | None = None) -> "Logistic":
        """Fit by Newton's method; answers (n,) are 0 or 1, or a probability."""
        design = np.column_stack([numbers, np.ones(len(answers))]).astype(np.float64)
        weights = np.ones(len(answers)) if weights is None else weights
        found = np.zeros(design.shape[1])
        ridge = _RIDGE * np.eye(len(found))
        for _ in range(_ROUNDS):
            likely = sigmoid(design @ found)
            slope = design.T @ (weights * (likely - answers)) + ridge @ found
            curvature = (design * (weights * likely * (1 - likely))[:, None]).T @ design + ridge
            found = found - np.linalg.solve(curvature, slope)
        return cls(found[:-1], float(found[-1]))

    def __call__(self, numbers: np.ndarray) -> np.ndarray:
        """The probability of yes, (n,)."""
        return sigmoid(numbers @ self.slopes + self.offset)


def sigmoid(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
