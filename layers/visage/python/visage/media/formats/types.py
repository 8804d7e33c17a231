"""What is known of an image file before it is decoded."""

from dataclasses import dataclass
from typing import NoReturn

from visage.errors import Reason, VisageError

PARTS = 20_000
"""Segments or chunks of one file: more than any camera or editor writes, and walked through in a few milliseconds."""


@dataclass(frozen=True, slots=True)
class Essence:
    """The part of an image file that decides its pixels, and what decoding it takes at most."""

    format: str
    """PNG, JPEG, BMP, GIF or WEBP, told by the bytes."""
    data: bytes
    """A complete file of this format, with one frame and no metadata."""
    width: int
    height: int
    """As stored, before `orientation` turns them."""
    nanoseconds: float = 0
    """Processor time of decoding `data`, at most: measured with the worst content that the header allows."""
    depth: int = 4
    """Bytes of memory for each pixel of the decoded picture, the decoder's own copies included."""
    workspace: int = 0
    """Bytes of memory that the decoder takes besides."""
    orientation: int = 1
    """Exif's, 1 to 8."""
    whole: bool = True
    """Whether the file has its end; where only the end marker may be missing, the pixels must show it."""


def broken(kind: str) -> NoReturn:
    """Raises VisageError(IMAGE_UNREADABLE) for a file of this format that is cut off or does not add up."""
    raise VisageError(Reason.IMAGE_UNREADABLE, f"The {kind} image is truncated or damaged.")
