"""Whether a picture shows a picture: one small network of our own looks at the face and at what is around it."""

from dataclasses import dataclass

import numpy as np

from .. import sessions
from ..imaging.align import levelling
from ..imaging.geometry import apply, invert
from ..imaging.resample import warp
from ..types import Box, Face


@dataclass(frozen=True, slots=True)
class View:
    """One of the two squares that the network is shown."""

    share: float
    """Its side, in longer sides of the face's box."""
    side: int
    """The same in pixels."""


VIEWS = (View(1.4, 128), View(3.2, 96))
"""The face, for moiré, raster, grain and gloss; and its surroundings, for edges, bezels and hands."""
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

    0.5 is exceeded by 5 % and 0.9 by 1 % of the live faces it was set by (layers/models/trained/recapture.md).
    """
    near, wide = (_blob(recapture_chip(image, face, view)) for view in VIEWS)
    (rate,) = sessions.open("recapture").run(("rate",), {"near": near, "wide": wide})
    return float(rate[0, 0])


def recapture_chip(image: np.ndarray, face: Face, view: View) -> np.ndarray:
    """What the network is shown of a face: uint8 (side, side, 3), level, the box in its middle, never squeezed."""
    transform = levelling(face, view.share, view.side)
    chip = warp(image, transform, view.side)
    return np.where(_inside(image, transform, view.side)[..., None], chip, np.uint8(OUTSIDE))


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


def _blob(chip: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(chip.transpose(2, 0, 1)[None], dtype=np.float32)
