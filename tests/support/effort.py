"""Effort of the property tests: `TEST_EFFORT=3 make test` tries three times as many examples and orders."""

import os
from collections.abc import Iterator
from itertools import product

EFFORT = max(1, int(os.environ.get("TEST_EFFORT", "1")))


def examples(count: int) -> int:
    """The number of examples, where `count` are enough for an ordinary run of the suite."""
    return count * EFFORT


def pairs(some: range, others: range, one_in: int) -> Iterator[tuple[int, int]]:
    """One pair in so many, spread evenly: each number of either range is in at least one pair."""
    step = max(1, min(one_in // EFFORT, len(some), len(others)))
    return ((one, other) for one, other in product(some, others) if (one + other) % step == 0)
