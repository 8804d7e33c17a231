"""DetectFace on a photo of 100 faces, in process."""

import math
from collections.abc import Iterator
from statistics import median

from bench.clock import milliseconds, pair
from bench.figures import Figure
from bench.networks import alone
from bench.photos import SMALL, crowd, photo
from visage.faces.describe import describe
from visage.media.decode import decode
from visage.media.limits import GREEN

N = 3


def figures() -> Iterator[Figure]:
    many, one = (decode(each, GREEN).pixels for each in (crowd(10, 10, 160), photo(SMALL)))
    faces = len(describe(many, math.inf))
    assert faces == 100, faces
    found = pair(lambda: describe(many, math.inf), alone(lambda: describe(many, math.inf)), N)
    yield Figure(
        "find and describe 100 faces", found.value, "ms", found.n, found.floor, "the networks that it runs",
        found.ratio, goal=1.15,
    )  # fmt: skip
    alone_ = median(milliseconds(lambda: describe(one, math.inf)) for _ in range(10 * N))
    yield Figure("  a face of it", found.value / faces, "ms", found.n, alone_, "the only face of a photo of 640x480")
