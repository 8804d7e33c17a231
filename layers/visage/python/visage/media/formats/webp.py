"""WebP files: Google, WebP Container Specification; RFC 9649."""

import struct
from collections.abc import Iterator

from visage.media.formats.exif import exif, orientation
from visage.media.formats.types import PARTS, Essence, broken

_ANIMATED, _ALPHA, _EXIF = 0x02, 0x10, 0x08
"""Flags of VP8X."""

# Nanoseconds, measured: flat pictures, noise in the best quality, as many Huffman tables as there can be.
_PIXEL, _BYTE, _TABLES = 25.0, 30.0, 0.5e9
# libwebp's animation decoder holds two canvases, and its answer lies beside Pillow's picture. While it decodes
# a lossless one, there are the canvases, that picture, and Huffman tables: 65,536 sets of five fit in 300 KB of file.
_LOSSY_DEPTH, _LOSSLESS_DEPTH, _LOSSLESS_TABLES = 16, 12, 380_000_000

_Chunk = tuple[bytes, bytes]


def read(data: bytes) -> Essence:
    """The picture of a WebP; of an animated one, the first frame on its canvas.

    Raises VisageError(IMAGE_UNREADABLE).
    """
    chunks = list(_chunks(data[: 8 + int.from_bytes(data[4:8], "little")], 12))
    first: dict[bytes, bytes] = {}
    for kind, payload in chunks:
        first.setdefault(kind, payload)
    try:
        if first.get(b"VP8X", b"\0")[0] & _ANIMATED:
            kept, size = _animation(first)
        else:
            kept, size = _still(chunks)
    except (IndexError, KeyError, struct.error):
        broken("WEBP")
    lossless = any(kind == b"VP8L" or (kind == b"ALPH" and payload[0] & 3) for kind, payload in _pictures(kept))
    content = _file(kept)
    return Essence(
        format="WEBP",
        data=content,
        width=size[0],
        height=size[1],
        nanoseconds=size[0] * size[1] * _PIXEL + len(content) * _BYTE + _TABLES * lossless,
        depth=_LOSSLESS_DEPTH if lossless else _LOSSY_DEPTH,
        workspace=_LOSSLESS_TABLES if lossless else 0,
        orientation=orientation(first.get(b"EXIF", b"")),
    )


def marked(data: bytes, value: int) -> bytes:
    """The file `data` of `read` with an orientation."""
    chunks = list(_chunks(data, 12))
    if chunks[0][0] != b"VP8X":
        chunks.insert(0, _canvas(*_size(*chunks[0]), _ALPHA))
    flags, rest = chunks[0][1][0] | _EXIF, chunks[0][1][1:]
    return _file([(b"VP8X", bytes((flags,)) + rest), *chunks[1:], (b"EXIF", exif(value))])


def _chunks(data: bytes, position: int) -> Iterator[_Chunk]:
    for _ in range(PARTS):
        if position + 8 > len(data):
            return
        kind, length = struct.unpack_from("<4sI", data, position)
        if position + 8 + length > len(data):
            broken("WEBP")
        yield kind, data[position + 8 : position + 8 + length]
        position += 8 + length + length % 2
    broken("WEBP")


def _still(chunks: list[_Chunk]) -> tuple[list[_Chunk], tuple[int, int]]:
    picture = _picture(chunks)
    size = _size(*picture[-1])
    return ([_canvas(*size, _ALPHA), *picture] if len(picture) > 1 else picture), size


def _animation(first: dict[bytes, bytes]) -> tuple[list[_Chunk], tuple[int, int]]:
    size = tuple(1 + int.from_bytes(first[b"VP8X"][at : at + 3], "little") for at in (4, 7))
    frame = first[b"ANMF"]
    frame = frame[:16] + _joined(_picture(list(_chunks(frame, 16))))
    return [_canvas(*size, _ALPHA | _ANIMATED), (b"ANIM", first[b"ANIM"][:6]), (b"ANMF", frame)], size


def _picture(chunks: list[_Chunk]) -> list[_Chunk]:
    """The first picture of one frame: its colours, behind their transparency where that has a chunk of its own."""
    alpha: list[_Chunk] = []
    for kind, payload in chunks:
        if kind == b"ALPH":
            alpha = [(kind, payload)] if payload else []
        elif kind == b"VP8 ":
            return [*alpha, (kind, payload)]
        elif kind == b"VP8L":
            return [(kind, payload)]
    broken("WEBP")


def _pictures(kept: list[_Chunk]) -> Iterator[_Chunk]:
    for kind, payload in kept:
        yield from _chunks(payload, 16) if kind == b"ANMF" else [(kind, payload)]


def _size(kind: bytes, payload: bytes) -> tuple[int, int]:
    """Width and height that the colours' own header tells."""
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", payload, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    width, height = struct.unpack_from("<HH", payload, 6)
    return width & 0x3FFF, height & 0x3FFF


def _canvas(width: int, height: int, flags: int) -> _Chunk:
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"VP8X", bytes((flags, 0, 0, 0)) + size


def _joined(chunks: list[_Chunk]) -> bytes:
    return b"".join(
        kind + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2) for kind, payload in chunks
    )


def _file(chunks: list[_Chunk]) -> bytes:
    body = b"WEBP" + _joined(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body
