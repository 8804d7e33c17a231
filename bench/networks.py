"""Which networks a piece of work runs, and how long they take by themselves."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from visage.faces import sessions


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """One run of a network."""

    network: str
    again: Callable[[], Any]
    """Runs it once more, on the same input."""
    milliseconds: float
    """Of processor time, when the work ran it."""


@contextmanager
def recorded() -> Iterator[list[Run]]:
    """The runs within the block, as they come."""
    runs: list[Run] = []
    opened = sessions.open

    class Recorder:
        def __init__(self, name: str) -> None:
            self._name, self._session = name, opened(name)

        def run(self, *arguments: Any) -> Any:
            started = time.process_time()
            try:
                return self._session.run(*arguments)
            finally:
                taken = 1000 * (time.process_time() - started)
                runs.append(Run(self._name, lambda: self._session.run(*arguments), taken))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._session, name)

    with mock.patch.object(sessions, "open", Recorder):
        yield runs


def alone(work: Callable[[], Any]) -> Callable[[], None]:
    """What runs the networks that `work` runs, on the same inputs, and nothing else."""
    with recorded() as runs:
        work()

    def again() -> None:
        for run in runs:
            run.again()

    return again
