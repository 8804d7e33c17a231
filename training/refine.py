"""Teaches a projection which faces stronger networks hold for alike; numpy alone, some seconds on one core.

Not the teachers' numbers are learnt but their judgement of pairs: for two faces, how surely they are one person. A
linear map that imitates a teacher's embeddings is worse than none (NOTES.md).
"""

from dataclasses import dataclass, replace

import numpy as np

from visage.faces.embed import Projection, unit

STEPS, BATCH, RATE = 250, 600, 1e-3
"""All pairs of so many faces make a step of Adam, whose rate falls along a cosine."""
SAME = 0.36
"""Cosine of the teachers' embeddings from which on they take two faces for one person."""
SURENESS = 22.0
"""How fast their doubt vanishes on either side."""
NAMED = 0.5
"""How much a name counts against the teachers, where both faces have one."""
CUT, STEEPNESS = 0.9, 90.0
"""The similarity at which our own judgement tips, and how fast. Fixed, so that projections learnt on different people
have one scale."""
DIFFERENT, ALIKE = 20.0, 0.5
"""What pairs of two people and pairs of one count in all: false matches have to be far rarer than missed ones."""
LOYALTY = 1.0
"""What it costs to leave the first projection."""


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """Faces to learn from, one row each."""

    dlib: np.ndarray
    """float32 (n, 128)"""
    other: np.ndarray
    """float32 (n, m): the network's that stands beside dlib's."""
    teacher: np.ndarray
    """float32 (n, d), of length one."""
    person: np.ndarray
    """int (n,): the same number for faces of one person."""
    named: np.ndarray
    """bool (n,): whether the set says who it is; otherwise faces of one person may have different numbers."""

    def __getitem__(self, rows: np.ndarray) -> "Lessons":
        return Lessons(*(getattr(self, name)[rows] for name in self.__slots__))

    def targets(self) -> np.ndarray:
        """How surely each two of them are one person: float32 (n, n), 0–1."""
        surely = _sigmoid(SURENESS * (self.teacher @ self.teacher.T - SAME))
        same = self.person[:, None] == self.person
        both = self.named[:, None] & self.named
        return np.where(both, NAMED * same + (1 - NAMED) * surely, surely)


def refine(first: Projection, lessons: Lessons, seed: int = 0) -> Projection:
    """The projection nearby that judges pairs more as the lessons do. The parts' shares stay."""
    random = np.random.default_rng(seed)
    shares = np.sqrt(first.weights)
    other = unit(np.sqrt(lessons.other) if first.rooted else lessons.other)
    inputs = [unit(lessons.dlib), np.column_stack([other, np.ones(len(other))])]
    starts = [first.dlib, np.vstack([first.other, first.offset])]
    maps = [start.astype(np.float32) for start in starts]
    sizes = [float((start**2).sum()) for start in maps]
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in maps]
    for step in range(STEPS):
        rows = random.choice(len(lessons.person), min(BATCH, len(lessons.person)), replace=False)
        seen = [each[rows].astype(np.float32) for each in inputs]
        images = [x @ each for x, each in zip(seen, maps, strict=True)]
        parts = [unit(image) for image in images]
        alike = sum(share**2 * part @ part.T for share, part in zip(shares, parts, strict=True))
        pull = _pull(alike, lessons[rows].targets())
        rate = RATE * (0.5 + 0.5 * np.cos(np.pi * step / STEPS))
        for number in range(2):
            part, image = parts[number], images[number]
            towards = shares[number] ** 2 * pull @ part
            along = np.sum(towards * part, axis=1, keepdims=True) * part
            slope = seen[number].T @ ((towards - along) / np.linalg.norm(image, axis=1, keepdims=True))
            slope += 2 * LOYALTY * (maps[number] - starts[number]) / sizes[number]
            maps[number] = maps[number] - rate * _adam(moments[number], slope, step)
    dlib, other = (each.astype(np.float32) for each in maps)
    return replace(first, dlib=dlib, other=other[:-1], offset=other[-1])


def _pull(similarity: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """The derivative of the weighted cross entropy of all pairs by either of a pair's similarities."""
    off = ~np.eye(len(targets), dtype=bool)
    alike = targets > 0.5
    weights = np.where(alike, ALIKE / max(1, np.sum(alike & off)), DIFFERENT / np.sum(~alike)) * off
    said = _sigmoid(STEEPNESS * (similarity - CUT))
    return (2 * STEEPNESS * weights * (said - targets)).astype(np.float32)


def _adam(moments: tuple[np.ndarray, np.ndarray], slope: np.ndarray, step: int) -> np.ndarray:
    """The direction of Kingma & Ba, "Adam", 2015, with their constants."""
    mean, square = moments
    mean += 0.1 * (slope - mean)
    square += 0.001 * (slope**2 - square)
    return mean / (1 - 0.9 ** (step + 1)) / (np.sqrt(square / (1 - 0.999 ** (step + 1))) + 1e-8)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -60, 60)))
