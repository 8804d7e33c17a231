"""Regressions with asymmetric errors: of a quantile, and of an exponential's mean."""

import numpy as np

_SMOOTHING = 0.004
_STEPS = 18
_PRIOR = 20.0
"""Strength of the prior that a weight is 0, in values."""


def quantile_regression(design: np.ndarray, values: np.ndarray, share: float, ridge: float = 1e-5) -> np.ndarray:
    """Weights w such that this share of the values lies below design @ w for every kind of row; column 0 is ones.

    R. Koenker, G. Bassett, "Regression Quantiles", Econometrica 46(1), 1978; Newton's method on the check function,
    with its corner smoothed, less at each step.
    """
    middle, scale = design.mean(axis=0), design.std(axis=0)
    middle[0], scale[0] = 0, 1
    rows = (design - middle) / scale
    penalty = np.full(rows.shape[1], ridge)
    penalty[0] = 0
    weights = np.zeros(rows.shape[1])
    weights[0] = np.quantile(values, share)
    for step in range(_STEPS):
        width = max(_SMOOTHING, 8 * _SMOOTHING * 0.8**step)
        below = 1 / (1 + np.exp(np.clip((values - rows @ weights) / width, -50, 50)))
        gradient = rows.T @ (below - share) / len(rows) + penalty * weights
        curvature = (rows * (below * (1 - below) / width)[:, None]).T @ rows / len(rows)
        curvature += np.diag(penalty + 1e-6)
        weights -= np.clip(np.linalg.solve(curvature, gradient), -0.03, 0.03)
    weights = weights / scale
    weights[0] -= weights[1:] @ middle[1:]
    return weights


def exponential_regression(design: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Weights w such that the mean of the positive values is exp(design @ w); column 0 is ones, the others shrink."""
    weights = np.zeros(design.shape[1])
    weights[0] = np.log(values.mean())
    penalty = np.full(len(weights), _PRIOR)
    penalty[0] = 0
    for _ in range(_STEPS):
        ratio = values / np.exp(design @ weights)
        curvature = (design * ratio[:, None]).T @ design + np.diag(penalty)
        weights += np.linalg.solve(curvature, design.T @ (ratio - 1) - penalty * weights)
    return weights
