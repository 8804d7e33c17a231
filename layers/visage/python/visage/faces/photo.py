"""A photo and what the pipeline says of it, for notebooks and programs of your own: no deployment, no settings.

    from visage import faces

    one, another = faces.Photo.open("one.jpg"), faces.Photo.open("another.jpg")
    one.compare(another).score
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .appearance.attributes import Attributes, attributes
from .appearance.recapture import recapture
from .describe import Description, describe
from .detection.detect import detect
from .recognition.compare import compare
from .recognition.embed import embed
from .recognition.impostors import PHOTOS, ImageType
from .types import Comparison, Face


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """An image; every question is answered anew, and faces come the largest first."""

    pixels: np.ndarray
    """uint8 (height, width, 3), RGB, upright."""

    @classmethod
    def open(cls, path: str | Path) -> "Photo":
        """From a file of your own; files of strangers belong to `visage.media`, which bounds their work.

        Raises OSError for what cannot be read and for what is no image.
        """
        with Image.open(path) as image:
            return cls(np.asarray(ImageOps.exif_transpose(image).convert("RGB")))

    def detect(self) -> tuple[Face, ...]:
        """Where the faces are."""
        return tuple(detect(self.pixels))

    def compare(self, other: "Photo", types: tuple[ImageType, ImageType] = PHOTOS) -> Comparison:
        """How alike the largest faces are, 0–100, and the thresholds of this pair. VisageError: NO_FACE."""
        return compare(self.pixels, other.pixels, types)

    def embed(self) -> tuple[np.ndarray, ...]:
        """The embedding of each face: float32, of length one; the dot product of two is their similarity."""
        return tuple(embed(self.pixels, face) for face in self.detect())

    def attributes(self) -> tuple[Attributes, ...]:
        """What each face shows."""
        return tuple(attributes(self.pixels, face) for face in self.detect())

    def describe(self) -> tuple[Description, ...]:
        """Place, attributes, pose and blur of each face."""
        return describe(self.pixels, math.inf)

    def recapture(self) -> tuple[float, ...]:
        """How surely each face was photographed from a screen or from paper, 0–1."""
        return tuple(recapture(self.pixels, face) for face in self.detect())
