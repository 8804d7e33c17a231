"""Processor time, measured in turn: what slows the machine slows all that is compared alike."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

Work = Callable[[], Any]
_OF_A_PROCESS = 2
"""CPUCLOCK_SCHED: the kernel numbers the clock of a process by its id, as clock_getcpuclockid(3) does."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Milliseconds of processor time of two things done in turn."""

    value: float
    floor: float
    ratio: float
    """The median of the quotients of each turn."""
    n: int


def milliseconds(work: Work) -> float:
    """The processor time that this process takes for it, all its threads together."""
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started)


def pair(work: Work, floor: Work, n: int, timed: Callable[[Work], float] = milliseconds) -> Pair:
    """Both n times, in turn, the other one first each time; once before uncounted, as first calls load things."""
    work(), floor()
    values, floors = [], []
    for number in range(n):
        for each, times in ((work, values), (floor, floors))[:: 1 if number % 2 else -1]:
            times.append(timed(each))
    return paired(values, floors)


def paired(values: list[float], floors: list[float]) -> Pair:
    """Of times that were taken in turn."""
    ratio = median(value / floor for value, floor in zip(values, floors, strict=True))
    return Pair(median(values), median(floors), ratio, len(values))


def processor_of(pid: int) -> float:
    """Milliseconds of user and system time that a running process of this machine has taken until now (Linux)."""
    return 1000 * time.clock_gettime(~pid << 3 | _OF_A_PROCESS)
