"""CompareFaces in process, warm: two photos of 640x480, and where the time goes."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any
from unittest import mock

from bench.clock import milliseconds, pair
from bench.figures import Figure
from bench.networks import Run, alone, recorded
from bench.photos import SMALL, photo
from visage.faces.recognition import compare as comparison
from visage.media import decode as decoding
from visage.media.limits import COMPARE_FACES

N = 60
_STAGES = {"detect_largest": "find both faces", "embed": "embed both", "impostors": "impostors like the pair"}


def work(*photos: bytes) -> Callable[[], Any]:
    """Compares two files, as the handler does between request and response."""
    return lambda: comparison.compare(*(decoding.decode(each, COMPARE_FACES).pixels for each in photos))


def figures() -> Iterator[Figure]:
    compare = work(photo(SMALL), photo(SMALL, "obama2.jpg"))
    found = pair(compare, alone(compare), N)
    yield Figure(
        "compare two photos of 640x480", found.value, "ms", found.n, found.floor, "the networks that it runs",
        found.ratio, goal=1.15,
    )  # fmt: skip
    yield from _stages(compare)


def _stages(compare: Callable[[], Any]) -> Iterator[Figure]:
    """Of each stage its time, and that of the networks within it."""
    whole, spent = [], defaultdict[str, list[float]](list)
    inside = defaultdict[str, list[float]](list)
    for _ in range(N):
        with recorded() as runs, ExitStack() as patched:
            once = defaultdict[str, float](float)
            networks = defaultdict[str, float](float)
            for name, stage in _STAGES.items():
                patched.enter_context(_timed(comparison, name, stage, once, networks, runs))
            whole.append(milliseconds(compare))
        for stage in _STAGES.values():
            spent[stage].append(once[stage])
            inside[stage].append(networks[stage])
    rest = [all_ - sum(spent[stage][number] for stage in spent) for number, all_ in enumerate(whole)]
    yield Figure("  of it: decode both", median(rest), "ms", N)
    for stage, times in spent.items():
        yield Figure(f"  of it: {stage}", median(times), "ms", N, median(inside[stage]), "the networks within it")


@contextmanager
def _timed(
    module: Any, name: str, stage: str, once: dict[str, float], networks: dict[str, float], runs: list[Run]
) -> Iterator[None]:
    function = getattr(module, name)

    def measured(*arguments: Any) -> Any:
        before, started = len(runs), time.process_time()
        try:
            return function(*arguments)
        finally:
            once[stage] += 1000 * (time.process_time() - started)
            networks[stage] += sum(run.milliseconds for run in runs[before:])

    with mock.patch.object(module, name, measured):
        yield
