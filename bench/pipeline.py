"""The face pipeline stage by stage, in process, on one core."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

from PIL import Image

from bench.report import Row
from demo.portraits import portraits
from visage.faces import sessions
from visage.faces.detection import detect
from visage.faces.imaging import align
from visage.faces.recognition import embed
from visage.media.decode import decode
from visage.media.limits import COMPARE_FACES

REPEATS = 15
_FLOORS = {
    "decode": "Pillow's draft decode",
    "detect": "the networks' own time",
    "align": "Pillow's transforms of the two chips",
    "embed": "the networks' own time",
}
SIZES = {"640x480": (640, 480), "12 MP": (4000, 3000)}


def rows() -> Iterator[Row]:
    for name, size in SIZES.items():
        yield from _stages(name, photo(size))


def photo(size: tuple[int, int]) -> bytes:
    """A JPEG of this size: a portrait on a grey background, its face three tenths of the picture's height."""
    width, height = size
    ground = Image.new("RGB", size, (120, 125, 130))
    portrait = Image.open(portraits() / "obama.jpg").convert("RGB")
    portrait = portrait.resize((round(height * portrait.width / portrait.height), height), Image.Resampling.LANCZOS)
    ground.paste(portrait, ((width - portrait.width) // 2, 0))
    out = io.BytesIO()
    ground.save(out, "JPEG", quality=85)
    return out.getvalue()


def _stages(name: str, data: bytes) -> Iterator[Row]:
    pixels = decode(data, COMPARE_FACES).pixels
    face = detect.detect_largest(pixels)

    def chips() -> list[Any]:
        return [align.arcface_chip(pixels, face)]

    stages: dict[str, tuple[Callable[[], Any], Callable[[], Any] | None]] = {
        "decode": (partial(decode, data, COMPARE_FACES), partial(_bare_decode, data)),
        "detect": (partial(detect.detect_largest, pixels), None),
        "align": (chips, partial(_bare_transforms, [Image.fromarray(chip) for chip in chips()])),
        "embed": (partial(embed.embed, pixels, face), None),
    }
    whole = floors = aligned = 0.0
    for stage, (run, bare) in stages.items():
        value, floor = _milliseconds(run, bare)
        match stage:
            case "align":
                aligned = value
            case "embed":
                value -= aligned  # embed aligns too
        whole, floors = whole + value, floors + floor
        yield Row(f"{name}: {stage}", value, "ms", floor, _FLOORS[stage])
    yield Row(f"{name}: compare of two", 2 * whole, "ms", 2 * floors, "the floors above, twice")


def _bare_decode(data: bytes) -> None:
    image = Image.open(io.BytesIO(data))
    scale = max(1, max(image.size) // COMPARE_FACES.working_side)
    image.draft("RGB", (image.width // scale, image.height // scale))
    image.load()


def _bare_transforms(chips: list[Image.Image]) -> None:
    for chip in chips:
        chip.transform(chip.size, Image.Transform.AFFINE, (1, 0, 0, 0, 1, 0), Image.Resampling.BILINEAR)


def _milliseconds(run: Callable[[], Any], bare: Callable[[], Any] | None) -> tuple[float, float]:
    """Median times of `run` and of its floor: `bare`, or else the networks' share of the run.

    The two alternate, so that a machine that slows down slows both.
    """
    times, floors = [], []
    run()
    for _ in range(REPEATS):
        with _networks_timed() as spent:
            times.append(_seconds(run))
        floors.append(_seconds(bare) if bare else sum(spent))
    return 1000 * median(times), 1000 * median(floors)


def _seconds(run: Callable[[], Any]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


@contextmanager
def _networks_timed() -> Iterator[list[float]]:
    """Records the seconds of each run of a network within the block."""
    spent: list[float] = []
    opened = sessions.open

    class Timed:
        def __init__(self, session: Any) -> None:
            self._session = session

        def run(self, *arguments: Any) -> Any:
            started = time.perf_counter()
            try:
                return self._session.run(*arguments)
            finally:
                spent.append(time.perf_counter() - started)

    sessions.open = lambda name: Timed(opened(name))
    try:
        yield spent
    finally:
        sessions.open = opened
