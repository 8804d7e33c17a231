"""The interface of what proposes candidates for a search: a group's snapshot files or, for large groups, a vector
engine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Persons whose faces must be compared exactly with a probe."""

    persons: tuple[str, ...]
    """Most similar first."""
    below: float
    """Upper bound of everybody else's similarity; -inf where nobody else is left."""


def best(similarities: Sequence[float], count: int) -> float:
    """The `count`-th largest similarity; -inf where there are fewer."""
    return sorted(similarities, reverse=True)[count - 1] if len(similarities) >= count else -np.inf


class Engine(Protocol):
    """The faces of a group as of its latest edition."""

    def shortlists(
        self, probes: np.ndarray, count: int, known: Sequence[Sequence[float]], excluded: Collection[str]
    ) -> list[Shortlist]:
        """For each probe, float32 (n, 128), who may be among the `count` most similar persons.

        `excluded` are not to be listed: they have changed, or have been compared already. What came of that, their best
        similarities to each probe, is `known`, so that the list need not go below it.
        """
        ...

    def holds_other_model(self, model: str, excluded: Collection[str]) -> bool:
        """Whether the face of anybody but `excluded` comes from another model than this one."""
        ...
