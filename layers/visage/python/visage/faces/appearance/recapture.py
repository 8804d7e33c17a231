"""Whether a picture shows a picture: one small network of our own looks at the face and at what is around it."""

from dataclasses import dataclass

import numpy as np

from .. import sessions
from ..imaging.align import levelling
from ..imaging.geometry import apply, invert
from ..imaging.resample import warp
from ..types import Face


@dataclass(frozen=True, slots=True)
class View:
    """One of the two squares that the network is shown."""

    share: float
    """Its side, in longer sides of the face's box."""
    side: int
    """The same in pixels."""


VIEWS = (View(1.4, 128), View(3.2, 96))
"""The face, for moiré, raster, grain and gloss; and its surroundings, for edges, bezels and hands."""
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


def _inside(image: np.ndarray, transform: np.ndarray, side: int) -> np.ndarray:
    """bool (side, side): where a chip shows the image."""
    middle = np.arange(side) + 0.5
    places = apply(invert(transform), np.stack(np.meshgrid(middle, middle), axis=-1))
    return ((places > 0) & (places < image.shape[1::-1])).all(axis=-1)


def _blob(chip: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(chip.transpose(2, 0, 1)[None], dtype=np.float32)
