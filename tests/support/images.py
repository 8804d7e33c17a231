"""Image files made for tests."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from torture.attacks.bombs import chunk, encoded
from visage.errors import Reason, VisageError
from visage.media.decode import Picture, decode
from visage.media.limits import Limits

LIMITS = Limits(bytes=20 * 2**20)
RED, GREEN, BLUE, WHITE = (200, 30, 40), (20, 180, 50), (30, 40, 210), (255, 255, 255)


def quarters(mode: str = "RGB") -> Image.Image:
    """48 x 32 with red, green, blue and white corners, so that all orientations differ."""
    pixels = np.empty((32, 48, 3), np.uint8)
    pixels[:16, :24], pixels[:16, 24:], pixels[16:, :24], pixels[16:, 24:] = RED, GREEN, BLUE, WHITE
    image = Image.fromarray(pixels)
    return image.quantize(4) if mode == "P" else image.convert(mode)


def corners(picture: Picture) -> list[tuple[int, ...]]:
    return [tuple(map(int, picture.pixels[y, x])) for y, x in ((4, 4), (4, -5), (-5, 4), (-5, -5))]


def reason_of(data: bytes, limits: Limits = LIMITS) -> Reason:
    with pytest.raises(VisageError) as raised:
        decode(data, limits)
    return raised.value.reason


def png(width: int, height: int, bits: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND")
    )


def animation(kind: str) -> bytes:
    first, *others = (Image.new("RGB", (20, 20), colour) for colour in (RED, GREEN, BLUE))
    return encoded(first, kind, save_all=True, append_images=others, **({"lossless": True} if kind == "WEBP" else {}))
