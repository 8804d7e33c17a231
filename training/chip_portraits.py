"""What a photo becomes on the chip of an identity card: 102x126 pixels in a kilobyte. A simulation.

No portrait read from a chip was at hand. Simulated are the framing of identity photos (a level head of about 0.6 of
the width, eyes in the middle of the height, a white background where the photo does not reach), the size, and a wavelet
codec at the size of a chip's file, about 1 kB: JPEG 2000 stands for the cards' own WLT, which is not public. Not
simulated: the studio's light, the years between both photos, retouching.
"""

import hashlib
import io

import numpy as np
from PIL import Image

from visage.faces.align import levelling
from visage.faces.resample import warp
from visage.faces.types import Face

WIDTH, HEIGHT = 102, 126
BYTES = 1024
_SHARE = 1.9
"""The picture's height in longer sides of the face's box."""
_LOWER = 0.05
"""By so much of the height the box's middle lies below the picture's."""


def chip_portrait(image: np.ndarray, face: Face, grey: bool) -> np.ndarray:
    """The face of an image (h, w, 3) as a chip would hold it: uint8 (126, 102, 3), without colour when `grey`."""
    matrix = levelling(face, _SHARE, HEIGHT)
    matrix[1, 2] += _LOWER * HEIGHT
    inside = warp(np.full_like(image, 255), matrix, HEIGHT)
    left = (HEIGHT - WIDTH) // 2
    framed = (warp(image, matrix, HEIGHT) + (255 - inside))[:, left : left + WIDTH]
    picture = Image.fromarray(framed)
    return compressed(picture.convert("L") if grey else picture)


def compressed(picture: Image.Image) -> np.ndarray:
    """The picture after JPEG 2000 in `BYTES` bytes: uint8 (h, w, 3)."""
    size = picture.width * picture.height * len(picture.getbands())
    stream = io.BytesIO()
    picture.save(stream, "JPEG2000", quality_mode="rates", quality_layers=[size / BYTES], irreversible=True)
    return np.asarray(Image.open(stream).convert("RGB"))


def is_grey(file: str) -> bool:
    """Half of the files, by their names."""
    return hashlib.sha256(file.encode()).digest()[0] % 2 == 1
