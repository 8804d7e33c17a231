"""Trains the pupil: the teachers' last features and logits, and the labels."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ...descent import Descent
from .lessons import Lessons
from .network import Pupil, liveness

BATCH = 48
RATE, DECAY, WARM_UP = 2e-3, 0.03, 200
SMOOTH = 0.02
"""Distance of the labels from 0 and 1."""
TEMPERATURE = 2.0
"""By which both sides' logits are divided, so that small answers count too."""
SURE = 12.0
"""Beyond this, how sure a teacher is does not matter."""


def teach(lessons: Lessons, steps: int, seed: int, say: Callable[[int, float], None]) -> Pupil:
    """The running mean of the weights after this many steps on random batches of the lessons."""
    torch.manual_seed(seed)
    pupil = Pupil().to(memory_format=torch.channels_last)
    random = np.random.default_rng(seed)
    features = lessons.embeddings[:8000].astype(np.float32)
    usual, spread = (torch.from_numpy(each) for each in (features.mean(axis=0), features.std(axis=0) + 1e-3))
    weights = [each for each in pupil.parameters() if each.ndim > 1]
    others = [each for each in pupil.parameters() if each.ndim == 1]
    groups = [{"params": weights, "peak": RATE}, {"params": others, "peak": RATE, "weight_decay": 0.0}]
    descent = Descent(pupil, groups, steps=steps, warm_up=WARM_UP, decay=DECAY, keep=0.999)
    for step in range(steps):
        rows = random.choice(len(lessons.attack), BATCH, replace=False)
        embedded, answers, label = pupil(crops(lessons, rows))
        theirs = (torch.from_numpy(lessons.embeddings[rows].astype(np.float32)) - usual) / spread
        error = functional.smooth_l1_loss(embedded, theirs)
        error = error + _answers(answers, torch.from_numpy(lessons.answers[rows]))
        target = torch.from_numpy(np.where(lessons.attack[rows], 1 - SMOOTH, SMOOTH)).float()
        error = error + 0.5 * functional.binary_cross_entropy_with_logits(label, target)
        say(step, descent.step(error))
    descent.finish()
    return pupil


def crops(lessons: Lessons, rows: np.ndarray) -> Tensor:
    """float32 (len(rows), 2, 3, side, side)"""
    return torch.from_numpy(lessons.crops[rows]).permute(0, 1, 4, 2, 3).float()


def _answers(answers: Tensor, theirs: Tensor) -> Tensor:
    """How far the answers are from the teachers': as distributions, and in how sure they are of "live"."""
    ours = functional.log_softmax(answers / TEMPERATURE, -1)
    apart = functional.kl_div(ours, functional.softmax(theirs / TEMPERATURE, -1), reduction="none").sum(-1).mean()
    sure = functional.smooth_l1_loss(liveness(answers), liveness(theirs).clamp(-SURE, SURE), beta=2.0)
    return 0.5 * TEMPERATURE**2 * apart + 0.3 * sure
