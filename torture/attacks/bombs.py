"""Image files that cost a decoder as much as they can: one for each format and trick.

Each is either refused or decoded within the promise of docs/limits.md. Those called "worst" are as large as
`visage.media` accepts, with the content that takes longest.
"""

import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageFile

from torture.attacks.deflate import empty_blocks
from torture.attacks.lossless import many_tables
from visage.media.formats import png as png_format

ImageFile.MAXBLOCK = 2**26  # Pillow writes a progressive JPEG in one piece
GREY, COLOURS, PALETTE, GREY_ALPHA, ALPHA = 0, 2, 3, 4, 6
_CHANNELS = {GREY: 1, COLOURS: 3, PALETTE: 1, GREY_ALPHA: 2, ALPHA: 4}
_PAETH = 4
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_MOST = 20 * 2**20


def noise(*shape: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, shape, np.uint8)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# --- PNG --------------------------------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, bits: int, colour: int, pixels: bytes = b"", extra: bytes = b"", interlace: int = 0
) -> bytes:
    """`pixels`: the compressed rows."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND")


def slow_png(width: int, height: int, bits: int, colour: int, interlace: int = 0) -> bytes:
    """Rows that compress well and whose Paeth predictor no processor foresees."""
    period = noise(7001).tobytes()
    sizes = [(width, height)]
    if interlace:
        sizes = [(-(-(width - x) // dx), -(-(height - y) // dy)) for x, y, dx, dy in _PASSES]
    press = zlib.compressobj(1)
    parts = []
    for across, down in sizes:
        row = -(-across * bits * _CHANNELS[colour] // 8)
        line = bytes([_PAETH]) + (period * (row // len(period) + 1))[:row]
        for top in range(0, down, 256):
            parts.append(press.compress(line * min(256, down - top)))
    extra = b""
    if colour == PALETTE:
        extra = chunk(b"PLTE", noise(3 << bits).tobytes()) + chunk(b"tRNS", noise(1 << bits).tobytes())
    return png(width, height, bits, colour, b"".join((*parts, press.flush())), extra, interlace)


def worst_png(bits: int, colour: int, interlace: int = 0, seconds: float = 2.0) -> bytes:
    """The largest that is let into `seconds` of decoding, or has as many pixels as the contract allows."""
    width = 16_000
    height = 250_000_000 // width
    while True:
        small = slow_png(width, max(8, height // 64), bits, colour, interlace)
        allowed = int(height * seconds * 1e9 / (png_format.read(small).nanoseconds * 64) * 0.98)
        if allowed >= height:
            return slow_png(width, height, bits, colour, interlace)
        height = allowed


def endless_directory() -> bytes:
    """Exif of 1.9 MB in which each of 65,535 tags is the same megabyte."""
    tags = b"".join(struct.pack("<HHII", tag, 1, 1_000_000, 800_000) for tag in range(65_535))
    return b"II*\0" + struct.pack("<IH", 8, 65_535) + tags + bytes(1_100_000)


_DOT = zlib.compress(b"\0\0")


def _with(extra: bytes) -> bytes:
    return png(1, 1, 8, GREY, _DOT, extra)


# --- JPEG -------------------------------------------------------------------------------------------------------------


def flat_jpeg(width: int, height: int, mode: str = "L", **options: object) -> bytes:
    return encoded(Image.new(mode, (width, height)), "JPEG", quality=10, **options)


def noisy_jpeg(side: int, channels: int, **options: object) -> bytes:
    pixels = noise(side, side, channels)
    return encoded(Image.fromarray(pixels, {3: "RGB", 4: "CMYK"}[channels]), "JPEG", **options)


def scanned_again(data: bytes, times: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * times + data[-2:]


def exif_segments(tiff: bytes) -> bytes:
    parts = [tiff[at : at + 65_000] for at in range(0, len(tiff), 65_000)]
    return b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 8) + b"Exif\0\0" + part for part in parts)


# --- GIF, BMP, WebP ---------------------------------------------------------------------------------------------------


def gif(
    screen: tuple[int, int], frame: tuple[int, int], blocks: bytes = b"\2D\1\0", before: bytes = b"", colours: int = 0
) -> bytes:
    """`blocks`: the frame's coded pixels; `before`: extensions; `colours`: bits of a table, 0 for none."""
    table = noise(3 << colours).tobytes() if colours else b""
    return (
        b"GIF89a" + struct.pack("<HHBBB", *screen, 0x80 | colours - 1 if colours else 0, 0, 0) + table + before
        + b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + bytes([colours or 2]) + blocks + b";"
    )  # fmt: skip


def disposed(how: int, transparent: bool = True) -> bytes:
    """A graphic control extension: Pillow fills a canvas of the frame's size for it, while it opens the file."""
    return b"!\xf9\4" + bytes([how << 2 | transparent, 0, 0, 0, 0])


def bmp(width: int, height: int, bits: int, rows: bytes, compression: int = 0, colours: int = 256) -> bytes:
    table = noise(4 * colours).tobytes() if bits <= 8 else b""
    head = struct.pack("<IHHI", 0, 0, 0, 54 + len(table))
    head += struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, colours, 0)
    return b"BM" + head + table + rows


def many_frames(size: int = _MOST) -> bytes:
    frame = encoded(Image.new("RGB", (16, 16)), "WEBP", lossless=True)[12:]
    frame = b"ANMF" + struct.pack("<I", 16 + len(frame)) + bytes(6) + b"\x0f\0\0\x0f\0\0" + bytes(4) + frame
    body = b"WEBPVP8X\n\0\0\0\2\0\0\0\x0f\0\0\x0f\0\0ANIM\6\0\0\0" + bytes(6)
    body += frame * ((size - len(body) - 8) // len(frame))
    return b"RIFF" + struct.pack("<I", len(body)) + body


def with_canvas(data: bytes, width: int, height: int) -> bytes:
    """An animated WebP that claims another canvas."""
    return data[:24] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + data[30:]


Maker = Callable[[], bytes]

BOMBS: dict[str, Maker] = {
    "PNG, endless directory": lambda: _with(chunk(b"eXIf", endless_directory())),
    "PNG, texts": lambda: _with(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20), 9)) * 1_900),
    "PNG, profile": lambda: _with(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**28), 9))),
    "PNG, tiny chunks": lambda: _with(chunk(b"aaAa") * 174_000),
    "PNG, empty pixels": lambda: _with(chunk(b"IDAT") * 19_000),
    "PNG, frames": lambda: _with(chunk(b"acTL", struct.pack(">II", 10**6, 0)) + chunk(b"fcTL", bytes(26)) * 15_000),
    "JPEG, endless directory": lambda: flat_jpeg(8, 8).replace(
        b"\xff\xdb", exif_segments(endless_directory()) + b"\xff\xdb", 1
    ),
    "JPEG, tiny segments": lambda: b"\xff\xd8" + b"\xff\xe0\0\2" * 5_000_000,
    "JPEG, tiny comments between scans": lambda: (lambda data: data[:-2] + b"\xff\xfe\0\2" * 5_000_000 + data[-2:])(
        flat_jpeg(8, 8, progressive=True)
    ),
    "JPEG, padding": lambda: b"\xff\xd8" + b"\xff" * (_MOST - 2),
    "JPEG, padding in a scan": lambda: flat_jpeg(8, 8)[:-2] + b"\xff" * (_MOST - 1000) + b"\xff\xd9",
    "JPEG, restarts in a scan": lambda: flat_jpeg(8, 8)[:-2] + b"\xff\xd0" * (_MOST // 2 - 1000) + b"\xff\xd9",
    "JPEG, stuffed bytes": lambda: flat_jpeg(8, 8)[:-2] + b"\xff\0" * (_MOST // 2 - 1000) + b"\xff\xd9",
    "JPEG, tables between scans": lambda: (
        lambda data: data[:-2] + (b"\xff\xdb\0\x43\0" + bytes(range(1, 65))) * 19_000 + data[-2:]
    )(flat_jpeg(8, 8, progressive=True)),
    "GIF, canvas disposed of by its background": lambda: gif((10, 10), (65_535, 65_535), before=disposed(2)),
    "GIF, canvas disposed of by what was there": lambda: gif((10, 10), (65_535, 65_535), before=disposed(3)),
    "GIF, canvas without transparency": lambda: gif((10, 10), (65_535, 65_535), before=disposed(2, False), colours=8),
    "GIF, comments": lambda: gif((10, 10), (10, 10), before=b"!\xfe" + b"\1a" * 10_000_000 + b"\0"),
    "GIF, many comments": lambda: gif((10, 10), (10, 10), before=b"!\xfe\1a\0" * 4_000_000),
    "GIF, applications": lambda: gif((10, 10), (10, 10), before=b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0" * 1_000_000),
    "GIF, pixels in tiny blocks": lambda: gif((2048, 2048), (2048, 2048), b"\1\0" * 10_000_000 + b"\0", colours=8),
    "BMP, a run in a row": lambda: bmp(30_000, 3_333, 8, b"\1\1\0\0" * 3_333 + b"\0\1", 1),
    "BMP, steps that lead nowhere": lambda: bmp(1_000, 1_000, 8, b"\0\2\0\0" * 5_000_000, 1),
    "BMP, much claimed": lambda: bmp(25_000, 10_000, 8, bytes(1_000)),
    "WebP, parts": lambda: b"RIFF\0\0\0\0WEBP" + b"abcd\0\0\0\0" * 2_600_000,
    "WebP, frames": many_frames,
    "WebP, canvas": lambda: with_canvas(many_frames(1_000), 16_384, 15_000),
    "WebP, Huffman tables": lambda: many_tables(1_024, 1_024),
}  # fmt: skip
"""Cheap to make, and refused or decoded in well below the promise."""

WORST: dict[str, Maker] = {
    **{
        f"PNG, worst of {bits} bits, type {colour}{', interlaced' * interlace}": (
            lambda bits=bits, colour=colour, interlace=interlace: worst_png(bits, colour, interlace)
        )
        for bits, colour in ((8, COLOURS), (8, ALPHA), (16, COLOURS), (16, ALPHA), (8, GREY), (16, GREY),
                             (8, GREY_ALPHA), (8, PALETTE), (1, GREY), (1, PALETTE))
        for interlace in (0, 1)
    },
    "PNG, 99 megapixels of 16 bits": lambda: slow_png(16_000, 6_200, 16, ALPHA),
    "JPEG, flat, 249 megapixels": lambda: flat_jpeg(24_900, 10_000, "RGB", subsampling=0),
    "JPEG, flat, 249 megapixels of CMYK": lambda: flat_jpeg(24_900, 10_000, "CMYK"),
    "JPEG, flat, without its end": lambda: flat_jpeg(24_900, 10_000, "RGB")[:-2],
    "JPEG, progressive, 60 megapixels": lambda: flat_jpeg(7_800, 7_800, "RGB", subsampling=0, progressive=True),
    "JPEG, progressive, 240 megapixels of grey": lambda: flat_jpeg(24_000, 10_000, progressive=True),
    "JPEG, scans": lambda: scanned_again(flat_jpeg(2_000, 2_000, progressive=True), 700),
    "JPEG, scans of 30 megapixels": lambda: scanned_again(flat_jpeg(7_500, 4_000, progressive=True), 90),
    "JPEG, noise": lambda: noisy_jpeg(2_800, 3, quality=95, subsampling=0),
    "JPEG, noise, progressive": lambda: noisy_jpeg(2_800, 3, quality=95, subsampling=0, progressive=True),
    "JPEG, noise of CMYK, progressive": lambda: noisy_jpeg(2_200, 4, quality=95, progressive=True),
    "PNG, Huffman tables without data": lambda: png(8, 8, 8, GREY, empty_blocks(_MOST - 1000, bytes(72))),
    "BMP, literal runs": lambda: bmp(10_000, 10_000, 4, b"\0\3\x12\x30" * 5_000_000, 2, 16),
    "BMP, runs in a square": lambda: bmp(11_000, 11_000, 8, (b"\xff\1" * 43 + b"\x23\1\0\0") * 11_000, 1),
    "BMP, a bit a pixel": lambda: bmp(16_000, 10_000, 1, bytes(20_000_000), colours=2),
    "BMP, runs beyond the row": lambda: bmp(1_000, 1_000, 4, b"\xff\x12" * 10_000_000, 2, 16),
    "GIF, noise": lambda: encoded(Image.fromarray(noise(2048, 2048)).convert("P"), "GIF"),
    "WebP, 24 megapixels": lambda: encoded(Image.new("RGB", (6_000, 4_000)), "WEBP", method=0),
    "WebP, noise": lambda: encoded(Image.fromarray(noise(2_700, 2_700, 3)), "WEBP", quality=100, method=0),
    "WebP, noise, transparent": lambda: encoded(Image.fromarray(noise(2_700, 2_700, 4)), "WEBP", quality=75, method=0),
    "WebP, noise, lossless": lambda: encoded(
        Image.fromarray(noise(2_500, 2_500, 3)), "WEBP", lossless=True, quality=0, method=0
    ),
    "WebP, Huffman tables, 12 megapixels": lambda: many_tables(4_032, 3_024),
}  # fmt: skip
"""The worst that is decoded, and what lies just beyond; some take seconds to make."""
