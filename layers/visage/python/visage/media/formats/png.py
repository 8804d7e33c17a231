"""PNG files: W3C, Portable Network Graphics Specification, third edition."""

import struct
import zlib

from visage.media.formats.exif import exif, orientation
from visage.media.formats.types import PARTS, Essence, broken

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = (b"PLTE", b"tRNS", b"IDAT", b"IEND")
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""By colour type."""
_BITS = (1, 2, 4, 8, 16)

# Nanoseconds, measured with random rows that repeat (they compress well and no branch is predicted), Paeth-filtered.
_UNFILTER = 8.0  # for a byte of a row
_UNPACK = (1.0, 4.5)  # for a pixel; interlaced
_CONVERT = (3.0, 9.0)  # for a pixel, to reduced RGB; with transparency
_SPREAD = 6.0  # for a pixel of grey and transparency, which Pillow keeps in four bytes
_INFLATE = 60.0  # for a byte of the file, at worst: blocks that hold a Huffman table and no data


def read(data: bytes) -> Essence:
    """The header, palette, transparency and pixels of a PNG; of an animated one, the default image.

    Raises VisageError(IMAGE_UNREADABLE).
    """
    if len(data) < 33 or data[8:16] != b"\0\0\0\rIHDR":
        broken("PNG")
    width, height, bits, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    if colour not in _CHANNELS or bits not in _BITS:
        broken("PNG")
    kept, metadata, transparent, position = [data[:33]], b"", colour in (4, 6), 33
    for _ in range(PARTS):
        if position + 12 > len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, position)
        start, position = position, position + length + 12
        if position > len(data):
            break
        if kind in _KEPT:
            kept.append(data[start:position])
            transparent |= kind == b"tRNS"
        elif kind == b"eXIf":
            metadata = data[start + 8 : position - 4]
        elif not kind[0] & 0x20:
            break  # a second header, or a chunk that changes the meaning of the pixels
        if kind == b"IEND":
            content = b"".join(kept)
            row = width * bits * _CHANNELS[colour] / 8
            for_pixel = _UNPACK[bool(interlace)] + _CONVERT[transparent] + _SPREAD * (colour == 4)
            return Essence(
                format="PNG",
                data=content,
                width=width,
                height=height,
                nanoseconds=height * (row * _UNFILTER + width * for_pixel) + len(content) * _INFLATE,
                depth=4 if colour in (2, 4, 6) else 2 if bits == 16 else 1,
                orientation=orientation(metadata),
            )
    broken("PNG")


def marked(data: bytes, value: int) -> bytes:
    """The file `data` of `read` with an orientation."""
    body = b"eXIf" + exif(value)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    return data[:33] + chunk + data[33:]
