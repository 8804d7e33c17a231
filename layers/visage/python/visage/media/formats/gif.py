"""GIF files: CompuServe, Graphics Interchange Format, version 89a."""

import struct

from visage.media.formats.types import Essence, broken

_BLOCKS = 200_000
"""Blocks of at most 255 bytes before the end of the first frame; the largest frame that is accepted has 25,000."""
_PIXEL = 15.0  # nanoseconds to decode and convert it


def read(data: bytes) -> Essence:
    """The screen, its colours and the first frame of a GIF, with what of it is transparent.

    Comments, applications' blocks, how the frame is disposed of and all further frames are left out: a decoder may
    prepare a canvas for them while it opens the file. Raises VisageError(IMAGE_UNREADABLE).
    """
    try:
        return _read(data)
    except (IndexError, struct.error):
        broken("GIF")


def _read(data: bytes) -> Essence:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    start = _colours_end(13, flags)
    position, blocks, control = start, 0, b""
    while data[position] != 0x2C:
        if data[position] == 0x21:
            if data[position + 1] == 0xF9 and data[position + 2] >= 4 and data[position + 3] & 1:
                control = b"!\xf9\4\1\0\0" + data[position + 6 : position + 7] + b"\0"
            position, blocks = _blocks_end(data, position + 2, blocks)
        elif data[position] == 0x3B:
            broken("GIF")
        else:
            position, blocks = position + 1, blocks + 1  # filling between blocks, which decoders overlook
        if blocks > _BLOCKS:
            broken("GIF")
    left, top, across, down, flags = struct.unpack_from("<HHHHB", data, position + 1)
    width, height = max(width, left + across), max(height, top + down)
    end, _ = _blocks_end(data, _colours_end(position + 10, flags) + 1, blocks)
    return Essence(
        format="GIF",
        data=b"".join((data[:start], control, data[position:end], b";")),
        width=width if across else 0,
        height=height if down else 0,
        nanoseconds=width * height * _PIXEL,
        depth=2,
    )


def _colours_end(start: int, flags: int) -> int:
    """Where the table of colours that may stand at `start` ends."""
    return start + (3 << (flags & 7) + 1 if flags & 0x80 else 0)


def _blocks_end(data: bytes, position: int, blocks: int) -> tuple[int, int]:
    """Behind the empty block that ends a chain, or the end of the file; and how many blocks have been seen so far."""
    while position < len(data) and data[position] and blocks <= _BLOCKS:
        position, blocks = position + 1 + data[position], blocks + 1
    if blocks > _BLOCKS:
        broken("GIF")
    return position + 1, blocks
