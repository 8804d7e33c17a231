"""Work of several steps, each of which is to be taken whatever becomes of the others."""

from collections.abc import Callable, Iterable
from typing import Any


def in_turn(steps: Iterable[Callable[[], Any]]) -> list[Any]:
    """What all of the steps gave. What goes wrong in some is raised after the others have had their turn."""
    given, failures = [], []
    for step in steps:
        try:
            given.append(step())
        except Exception as failure:
            failures.append(failure)
    if failures:
        raise ExceptionGroup("some steps failed", failures)
    return given
