"""Trains the first network's last layer again, starting from its weights."""

from math import cos, pi

import numpy as np

from visage.faces.appearance.attributes import QUESTIONS

from ..logistic import sigmoid
from .last import Last

TAUGHT = ("respirator", "glasses", "hat")
"""The questions that are trained again."""
EPOCHS = 16
BATCH = 200
RATE = 2e-4
"""Learning rate of Adam (Kingma and Ba, 2015), for inputs scaled to a deviation of 1; it falls to 0 along a cosine."""
_FADE, _SQUARE_FADE, _LEAST = 0.9, 0.99, 1e-8


def teach(before: Last, seen: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> Last:
    """Logistic regression of targets (n, QUESTIONS), 0 to 1, with weights of the same shape, on `seen` (n, d).

    Questions not in `TAUGHT` keep their weights.
    """
    columns = [QUESTIONS.index(question) for question in TAUGHT]
    targets, weights = targets[:, columns], weights[:, columns]
    random = np.random.default_rng(0)
    spread = np.maximum(seen[:: max(1, len(seen) // 1000)].astype(np.float32).std(axis=0), 1e-2)
    trust = weights / np.maximum(weights.mean(axis=0), 1e-9)
    layer = np.vstack([before.weights * spread[:, None], before.offsets])[:, columns].astype(np.float32)
    steps = EPOCHS * (len(seen) // BATCH)
    mean, square = np.zeros_like(layer), np.zeros_like(layer)
    order: list[int] = []
    for step in range(1, steps + 1):
        if len(order) < BATCH:
            order = random.permutation(len(seen)).tolist()
        rows = np.sort(order[:BATCH])
        order = order[BATCH:]
        inputs = np.hstack([seen[rows].astype(np.float32) / spread, np.ones((BATCH, 1), np.float32)])
        missed = (sigmoid(inputs @ layer) - targets[rows]) * trust[rows]
        slope = inputs.T @ missed.astype(np.float32) / BATCH
        mean = _FADE * mean + (1 - _FADE) * slope
        square = _SQUARE_FADE * square + (1 - _SQUARE_FADE) * slope**2
        pace = RATE * (0.5 + 0.5 * cos(pi * step / steps)) / (1 - _FADE**step)
        layer = layer - pace * mean / (np.sqrt(square / (1 - _SQUARE_FADE**step)) + _LEAST)
    taught = Last(before.weights.copy(), before.offsets.copy())
    taught.weights[:, columns], taught.offsets[columns] = layer[:-1] / spread[:, None], layer[-1]
    return taught
