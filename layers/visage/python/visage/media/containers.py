"""Image files without what surrounds their pixels.

Files carry previews, maps, texts, profiles and animations, and parsing those has cost libraries minutes and gigabytes:
one Exif directory of 2 MB may name its own megabyte 65,535 times. None of it is needed except the orientation, so it
is cut away here by lengths alone, before a decoder sees the file.
"""

import re
import struct
from dataclasses import dataclass
from typing import NoReturn

from visage.errors import Reason, VisageError

_JPEG_MARKER = re.compile(rb"\xff([^\x00\xff])")
_JPEG_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive; not lossless, hierarchical or arithmetic
_JPEG_ALONE = (0x01, *range(0xD0, 0xD9))  # markers that no length follows
_JPEG_KEPT = (*_JPEG_FRAMES, 0xC4, 0xDB, 0xDD, 0xE0, 0xEE)  # tables, restart interval; JFIF and Adobe name the colours
_PNG_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# Segments, chunks: above what any camera or editor writes, and walked through in a few milliseconds.
_PARTS = 20_000
_TAGS = 500


@dataclass(frozen=True, slots=True)
class Essence:
    """The part of an image file that decides its pixels."""

    format: str
    """PNG, JPEG, BMP, GIF or WEBP, told by the bytes."""
    data: bytes
    orientation: int = 1
    """Exif's, 1 to 8."""
    scans: int = 1
    """At most so many times a decoder goes over the whole picture; above 1 it keeps all coefficients."""


def essence(data: bytes) -> Essence:
    """VisageError(IMAGE_UNREADABLE) when `data` is of no accepted format, or its parts do not add up."""
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _png(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _webp(data)
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Essence("GIF", data)
    if data.startswith(b"BM"):
        return Essence("BMP", data)
    raise VisageError(Reason.IMAGE_UNREADABLE, "The image is not a PNG, JPEG, BMP, GIF or WEBP.")


def _jpeg(data: bytes) -> Essence:
    kept = [data[:2]]
    exif = b""
    position = 2
    for _ in range(_PARTS):
        found = _JPEG_MARKER.search(data, position)
        if found is None:
            break
        marker, position = found[1][0], found.end()
        if marker in _JPEG_ALONE:
            continue
        if marker == 0xDA:
            # What follows may hold further scans; their marker cannot occur within coded pixels.
            kept += b"\xff\xda", data[position:]
            return Essence("JPEG", b"".join(kept), _orientation(exif), 1 + data.count(b"\xff\xda", position))
        length = int.from_bytes(data[position : position + 2], "big")
        if length < 2 or position + length > len(data):
            break
        segment = data[position : position + length]
        position += length
        if marker in _JPEG_KEPT:
            kept += bytes((0xFF, marker)), segment
        elif marker == 0xE1 and segment[2:8] == b"Exif\0\0":
            exif = exif or segment[8:]
        elif 0xC0 <= marker <= 0xCF:
            break
    _broken("JPEG")


def _png(data: bytes) -> Essence:
    kept = [data[:8]]
    exif = b""
    position = 8
    for _ in range(_PARTS):
        if position + 12 > len(data):
            break
        length, kind = struct.unpack_from(">I4s", data, position)
        start, position = position, position + length + 12
        if position > len(data):
            break
        if kind in _PNG_KEPT:
            kept.append(data[start:position])
        elif kind == b"eXIf":
            exif = data[start + 8 : position - 4]
        elif not kind[0] & 0x20:
            break  # a chunk that changes the meaning of the pixels
        if kind == b"IEND":
            return Essence("PNG", b"".join(kept), _orientation(exif))
    _broken("PNG")


def _webp(data: bytes) -> Essence:
    position = 12
    for _ in range(_PARTS):
        if position + 8 > len(data):
            return Essence("WEBP", data)
        kind, length = struct.unpack_from("<4sI", data, position)
        if kind == b"EXIF":
            return Essence("WEBP", data, _orientation(data[position + 8 : position + 8 + length]))
        position += 8 + length + length % 2
    _broken("WEBP")


def _orientation(exif: bytes) -> int:
    """1, upright, where there is none or it cannot be read."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return 1
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (tags,) = struct.unpack_from(f"{order}H", tiff, directory)
        for index in range(min(tags, _TAGS)):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", tiff, directory + 2 + 12 * index)
            if (tag, kind, count) == (0x0112, 3, 1):
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _broken(kind: str) -> NoReturn:
    raise VisageError(Reason.IMAGE_UNREADABLE, f"The {kind} image is truncated or damaged.")
