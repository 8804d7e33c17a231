"""CompareFaces in process, warm: two photos of 12 megapixels."""

import io
from collections.abc import Iterator

from PIL import Image

from bench.clock import pair
from bench.figures import Figure
from bench.parts.compare import work
from bench.photos import LARGE, SMALL, photo
from visage.media.decode import decode
from visage.media.limits import COMPARE_FACES

N = 30


def figures() -> Iterator[Figure]:
    names = ("obama.jpg", "obama2.jpg")
    large, small = ([photo(size, name) for name in names] for size in (LARGE, SMALL))
    found = pair(work(*large), work(*small), N)
    yield Figure(
        "compare two photos of 12 megapixels", found.value, "ms", found.n, found.floor, "two of 640x480", found.ratio,
        goal=1.6,
    )  # fmt: skip
    found = pair(lambda: decode(large[0], COMPARE_FACES), lambda: _bare(large[0]), N)
    yield Figure(
        "  of it: decode one", found.value, "ms", found.n, found.floor, "Pillow's draft of the same size", found.ratio
    )


def _bare(data: bytes) -> None:
    image = Image.open(io.BytesIO(data))
    scale = max(1, max(image.size) // COMPARE_FACES.working_side)
    image.draft("RGB", (image.width // scale, image.height // scale))
    image.load()
