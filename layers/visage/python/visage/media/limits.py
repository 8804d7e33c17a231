"""How large an image may be."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What an operation accepts; images beyond it are refused before they are decoded."""

    bytes: int
    """Of the file, encoded."""
    seconds: float = 3.0
    """To fetch one image from a URL, from the first look at its name to its last byte."""
    side: int = 30_000
    """Pixels, of the longer side."""
    pixels: int = 250_000_000
    decoding: float = 2.0
    """Seconds of one processor core to decode one image, as its header lets expect at worst."""
    working_side: int = 1600
    """The longer side of decoded pixels is never reduced below this; larger images are, to less than twice of it."""


COMPARE_FACES = Limits(bytes=2 * 2**20, pixels=100_000_000, decoding=1.2)
"""The contract says nothing of pixels. No photo of 100 megapixels fits in 2 MB, and two images share the time of one
call."""

GREEN = Limits(bytes=20 * 2**20)
"""The content APIs' images."""

LIVENESS = Limits(bytes=2 * 2**20, pixels=25_000_000, working_side=640)
"""Frames of a sequence: sixty are held at the same time, and a face of a selfie is large."""
