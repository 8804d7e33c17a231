"""CompareFaces over HTTP on a warm local stack, with the official client, in turn with the same in process."""

import time
from collections.abc import Iterator
from statistics import median

from bench.clock import milliseconds, paired
from bench.figures import Figure
from bench.parts.compare import work
from bench.photos import SMALL, photo
from bench.served import served
from demo.calls import compare

N = 40


def figures() -> Iterator[Figure]:
    photos = photo(SMALL), photo(SMALL, "obama2.jpg")
    in_process = work(*photos)
    with served() as there:

        def over_http() -> None:
            answer = compare(there.client, there.stack.url, *photos, "JSON")
            assert answer.code == "1", answer.code

        over_http(), in_process()
        waited, processor, floors, walls = [], [], [], []
        for _ in range(N):
            before, started = there.processor("RpcFunction"), time.perf_counter()
            over_http()
            waited.append(1000 * (time.perf_counter() - started))
            processor.append(there.processor("RpcFunction") - before)
            started = time.perf_counter()
            floors.append(milliseconds(in_process))
            walls.append(1000 * (time.perf_counter() - started))
    found = paired(processor, floors)
    yield Figure(
        "CompareFaces over HTTP: the function", found.value, "ms", N, found.floor, "the comparison in process",
        found.ratio, goal=1.25,
    )  # fmt: skip
    found = paired(waited, walls)
    yield Figure(
        "  until the client has its answer, by the clock", median(waited), "ms", N, found.floor,
        "in process; gateway and AWS are stand-ins here", found.ratio,
    )  # fmt: skip
