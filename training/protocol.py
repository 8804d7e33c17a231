"""LFW's pairs and people as arrays."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evaluation.collection import person
from evaluation.metrics import Pairs, all_pairs

from .data import lfw_pairs
from .features import Faces

RATES = (0.01, 0.001, 0.0001)
"""False match rates that have a threshold."""


@dataclass(frozen=True, slots=True, eq=False)
class Protocol:
    """The standard pairs among the images in which a face was found; people are numbered from 0."""

    people: list[str]
    owner: np.ndarray
    """int (images,): the person on each image."""
    first: np.ndarray
    """int (pairs,): rows of the features."""
    second: np.ndarray
    same: np.ndarray
    fold: np.ndarray
    half: np.ndarray
    """int (people,): 0 for folds 0–4, 1 for folds 5–9, alternating for people in no fold: no pair crosses."""

    @classmethod
    def of(cls, data: Path, features: Faces) -> "Protocol":
        people, owner = np.unique([person(file) for file in features.files], return_inverse=True)
        row = {file: index for index, file in enumerate(features.files)}
        pairs = [pair for pair in lfw_pairs(data) if pair.first in row and pair.second in row]
        first, second = (np.array([row[getattr(pair, end)] for pair in pairs]) for end in ("first", "second"))
        fold = np.array([pair.fold for pair in pairs])
        half = np.arange(len(people)) % 2
        for end in (first, second):
            half[owner[end]] = fold >= 5
        return cls(people.tolist(), owner, first, second, np.array([pair.same for pair in pairs]), fold, half)

    def similarities(self, vectors: np.ndarray) -> np.ndarray:
        """Dot products (pairs,) of the images' vectors (images, d)."""
        return np.einsum("nd,nd->n", vectors[self.first], vectors[self.second])

    def genuine(self, vectors: np.ndarray) -> Pairs:
        """The pairs of two images of one person."""
        chosen = self.same
        return Pairs(
            first=self.owner[self.first[chosen]],
            second=self.owner[self.second[chosen]],
            similarity=self.similarities(vectors)[chosen],
            people=len(self.people),
            total=int(chosen.sum()),
        )

    def known(self) -> int:
        """How many people have genuine pairs."""
        return len(np.unique(self.owner[self.first[self.same]]))

    def portraits(self) -> np.ndarray:
        """int (people,): the row of each person's first image."""
        return np.unique(self.owner, return_index=True)[1]

    def impostors(self, vectors: np.ndarray, half: int | None = None, keep: float = 0.05) -> Pairs:
        """All pairs of two people (of one half), one image each; only the `keep` most similar share is stored."""
        people = np.arange(len(self.people)) if half is None else np.nonzero(self.half == half)[0]
        pairs = all_pairs(vectors[self.portraits()[people]], keep)
        return Pairs(people[pairs.first], people[pairs.second], pairs.similarity, len(self.people), pairs.total)
