"""Whether a picture shows a picture: two small networks of our own look at the face and at what is around it.

The first looks at squares reduced with care. The second, a pupil of two published networks, looks at crops that are
read off between pixels without averaging: what is finer than a pixel becomes a pattern there, and that tells.
"""

from dataclasses import dataclass

import numpy as np

from .. import sessions
from ..imaging.align import levelling
from ..imaging.geometry import apply, invert
from ..imaging.light import lit
from ..imaging.resample import warp
from ..types import Box, Face


@dataclass(frozen=True, slots=True)
class View:
    """One of the two squares that the first network is shown."""

    share: float
    """Its side, in longer sides of the face's box."""
    side: int
    """The same in pixels."""


VIEWS = (View(1.4, 128), View(3.2, 96))
"""The face, for moiré, raster, grain and gloss; and its surroundings, for edges, bezels and hands."""
READ_OFF = (2.7, 4.0)
"""Sides of the second network's crops, in sides of the face's box: the face, and the scene."""
READ_OFF_SIDE = 80
"""Side of both crops in pixels."""
SMALLEST = 40
"""Side of a face's box in pixels below which its texture is lost."""
LEAST = 1.6
"""Area of the picture around a face, in squares of its box's longer side, below which hardly more than the face is
seen: no edge of a sheet, no bezel, no hand."""
SMALL, TIGHT = "small", "tight"
"""Why a picture cannot be judged."""
OUTSIDE = (124, 117, 104)
"""What lies beyond the image's edges: the network's nought, which no bezel is."""


def recapture(image: np.ndarray, face: Face) -> float:
    """How surely the image (h, w, 3) shows a face on a screen or on paper rather than a live one, 0–1.

    0.5 is exceeded by 5 % and 0.9 by 1 % of the live faces it was set by, which were neither small nor tight
    (layers/models/trained/recapture_pupil.md).
    """
    image = lit(image, face.box)
    first = np.float32([[recapture_alone(image, face)]])
    near, scene = (_blob(read_off(image, face.box, share)) for share in READ_OFF)
    (rate,) = sessions.open("recapture_pupil").run(("rate",), {"face": near, "scene": scene, "first": first})
    return float(rate[0, 0])


def recapture_alone(image: np.ndarray, face: Face) -> float:
    """The first network's rate, 0–1, which the second takes into account."""
    near, wide = (_blob(recapture_chip(image, face, view)) for view in VIEWS)
    (rate,) = sessions.open("recapture").run(("rate",), {"near": near, "wide": wide})
    return float(rate[0, 0])


def recapture_chip(image: np.ndarray, face: Face, view: View) -> np.ndarray:
    """What the network is shown of a face: uint8 (side, side, 3), level, the box in its middle, never squeezed."""
    transform = levelling(face, view.share, view.side)
    chip = warp(image, transform, view.side)
    return np.where(_inside(image, transform, view.side)[..., None], chip, np.uint8(OUTSIDE))


def read_off(image: np.ndarray, box: Box, share: float) -> np.ndarray:
    """A crop of `share` box sides around the box's middle, as the second network is shown it: uint8 (side, side, 3).

    It is reduced to, and moved inside, the image, squeezed to a square, and read off between pixels, not averaged.
    """
    height, width = image.shape[:2]
    share = min(share, (height - 1) / box.height, (width - 1) / box.width)
    left, right = _span(box.centre[0], box.width * share, width)
    top, bottom = _span(box.centre[1], box.height * share, height)
    region = image[top:bottom, left:right]
    (above, below, down), (before, after, across) = (_between(length) for length in region.shape[:2])
    across, down = across[None, :, None], down[:, None, None]
    upper, lower = (
        region[rows[:, None], before] * (1 - across) + region[rows[:, None], after] * across for rows in (above, below)
    )
    return np.uint8(np.round(upper * (1 - down) + lower * down))


def unjudgeable(shape: tuple[int, ...], box: Box) -> str | None:
    """SMALL or TIGHT if a picture of this shape (h, w, …) does not show enough to tell live faces by, or None."""
    if box.side < SMALLEST:
        return SMALL
    reach = VIEWS[-1].share * box.side / 2
    (x, y), (height, width) = box.centre, shape[:2]
    across, down = min(width, x + reach) - max(0, x - reach), min(height, y + reach) - max(0, y - reach)
    return TIGHT if max(0, across) * max(0, down) < LEAST * box.side**2 else None


def _inside(image: np.ndarray, transform: np.ndarray, side: int) -> np.ndarray:
    """bool (side, side): where a chip shows the image."""
    middle = np.arange(side) + 0.5
    places = apply(invert(transform), np.stack(np.meshgrid(middle, middle), axis=-1))
    return ((places > 0) & (places < image.shape[1::-1])).all(axis=-1)


def _span(centre: float, length: float, end: int) -> tuple[int, int]:
    """First pixel, and the one after the last, of a stretch of pixels inside an image that ends at `end`."""
    start = min(max(centre - length / 2, 0), end - length)
    return int(start), int(start + length) + 1


def _between(length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of READ_OFF_SIDE pixels its two neighbours among `length`, and the share of the second."""
    place = ((np.arange(READ_OFF_SIDE) + 0.5) * length / READ_OFF_SIDE - 0.5).clip(0, length - 1)
    first = place.astype(int)
    return first, np.minimum(first + 1, length - 1), np.float32(place - first)


def _blob(chip: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(chip.transpose(2, 0, 1)[None], dtype=np.float32)
