"""What finds a group's candidates for a search: the snapshot's files, or beyond their size a vector engine."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Persons whose faces are to be compared with a probe exactly."""

    persons: tuple[str, ...]
    """The most promising first."""
    below: float
    """Everybody else is less similar than this: -inf where there is nobody else."""


def best(similarities: Sequence[float], count: int) -> float:
    """The `count`-th largest; -inf where there are fewer."""
    return sorted(similarities, reverse=True)[count - 1] if len(similarities) >= count else -np.inf


class Engine(Protocol):
    """A group's faces as its last edition has them."""

    def shortlists(
        self, probes: np.ndarray, count: int, known: Sequence[Sequence[float]], excluded: Collection[str]
    ) -> list[Shortlist]:
        """For each probe, float32 (n, 256), who may be among the `count` most similar persons.

        `excluded` are not to be listed: they have changed, or have been compared already. What came of that, their best
        similarities to each probe, is `known`, so that the list need not go below it.
        """
        ...

    def holds_other_model(self, model: str, excluded: Collection[str]) -> bool:
        """Whether a face of anybody but `excluded` was embedded by another model than this one."""
        ...
