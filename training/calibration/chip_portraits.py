"""Simulates the portrait on an identity card's chip: 102x126 pixels in a kilobyte.

No real chip portrait was available. The size in pixels and roughly in bytes is known. Guesses: the framing of
identity photos (a level head of about 0.6 of the width, eyes in the middle of the height), a plain white background
(all but an oval about the head and the shoulders below it), half of the portraits grey, and the codec: JPEG 2000 stands
for the cards' own WLT, which is not public. Not simulated: the studio's light, a frontal head, the years between both
photos, retouching.
"""

import hashlib
import io
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from visage.faces.imaging.align import levelling
from visage.faces.imaging.resample import warp
from visage.faces.types import Face

WIDTH, HEIGHT = 102, 126
BYTES = 1024
_SHARE = 1.9
"""The picture's height, relative to the longer side of the face's box."""
_LOWER = 0.05
"""How far the box's middle lies below the picture's, as a share of its height."""
_HEAD, _SHOULDERS = (0.36, 0.42), (0.62, 0.3)
"""Half axes of the head's oval; top and half width of the shoulders: shares of the picture's height."""


def chip_portrait(image: np.ndarray, face: Face, grey: bool, size: int = BYTES) -> np.ndarray:
    """The face of an image (h, w, 3) as a chip would hold it: uint8 (126, 102, 3), without colour when `grey`.

    `size` is its file's size in bytes.
    """
    matrix = levelling(face, _SHARE, HEIGHT)
    matrix[1, 2] += _LOWER * HEIGHT
    inside = warp(np.full_like(image, 255), matrix, HEIGHT)
    left = (HEIGHT - WIDTH) // 2
    framed = (warp(image, matrix, HEIGHT) + (255 - inside))[:, left : left + WIDTH]
    picture = Image.composite(Image.fromarray(framed), Image.new("RGB", (WIDTH, HEIGHT), "white"), _person())
    return compressed(picture.convert("L") if grey else picture, size)


@cache
def _person() -> Image.Image:
    """Mask of the person before the background, with soft edges."""
    canvas = Image.new("L", (WIDTH, HEIGHT))
    draw, middle, centre = ImageDraw.Draw(canvas), WIDTH / 2, HEIGHT * (0.5 + _LOWER)
    across, down = (share * HEIGHT for share in _HEAD)
    draw.ellipse([middle - across, centre - down, middle + across, centre + down], fill=255)
    top, half = _SHOULDERS[0] * HEIGHT, _SHOULDERS[1] * HEIGHT
    draw.polygon([(middle - half, top), (middle + half, top), (WIDTH, HEIGHT), (0, HEIGHT)], fill=255)
    return canvas.filter(ImageFilter.GaussianBlur(3))


def compressed(picture: Image.Image, size: int = BYTES) -> np.ndarray:
    """The picture after JPEG 2000 in `size` bytes: uint8 (h, w, 3)."""
    whole = picture.width * picture.height * len(picture.getbands())
    stream = io.BytesIO()
    picture.save(stream, "JPEG2000", quality_mode="rates", quality_layers=[whole / size], irreversible=True)
    return np.asarray(Image.open(stream).convert("RGB"))


def is_grey(file: str) -> bool:
    """Whether the portrait of this file is grey: half of them are, by a hash of the name."""
    return hashlib.sha256(file.encode()).digest()[0] % 2 == 1
