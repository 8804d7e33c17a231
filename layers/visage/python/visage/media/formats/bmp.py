"""BMP files: Microsoft, Bitmap Storage; the headers of OS/2 and of Windows 3 to 5."""

import struct

from visage.errors import Reason, VisageError
from visage.media.formats.types import Essence, broken

_CORE, _INFO, _V5 = 12, 40, 124
_HEADERS = (_CORE, _INFO, 52, 56, 64, 108, _V5)
_RAW, _RLE8, _RLE4, _BITFIELDS = range(4)
_COLOURS_AT, _SPACE_AT, _PROFILE_AT = 14 + 32, 14 + 56, 14 + 112
_DEEPEST_PALETTE = 8

_PIXEL = 5.0  # nanoseconds to read and convert it
_COMMANDS = 3_000_000
"""Of run lengths: a second of processor time; a photo of 12 megapixels of noise has as many."""
_RUN = 255
_HEXADECIMAL = bytes.maketrans(b"0123456789abcdef", bytes(range(16)))


def read(data: bytes) -> Essence:
    """The header, colours and rows of a BMP, without gaps, colour profile and what follows.

    Raises VisageError(IMAGE_UNREADABLE).
    """
    try:
        return _read(data)
    except (IndexError, struct.error):
        broken("BMP")


def _read(data: bytes) -> Essence:
    offset, header = struct.unpack_from("<II", data, 10)
    if header not in _HEADERS:
        broken("BMP")
    if header == _CORE:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression, size, colours, entry = _RAW, 0, 0, 3
    else:
        width, height, _, bits, compression, size = struct.unpack_from("<IIHHII", data, 18)
        (colours,) = struct.unpack_from("<I", data, _COLOURS_AT)
        height, entry = 2**32 - height if height >= 0xFF00_0000 else height, 4
    head = 14 + header + (12 if header == _INFO and compression == _BITFIELDS else 0)
    if bits <= _DEEPEST_PALETTE:
        head += entry * (colours or 1 << bits)
    if offset <= 14 + header:
        offset = head
    packed = compression in (_RLE8, _RLE4)
    length = (size or len(data)) if packed else (width * bits + 31) // 32 * 4 * height
    rows = data[offset : offset + length]
    if head > len(data):
        broken("BMP")
    start = bytearray(data[:head])
    struct.pack_into("<IHHI", start, 2, head + len(rows), 0, 0, head)
    if header == _V5:
        start[_SPACE_AT : _SPACE_AT + 4] = b"BGRs"
        start[_PROFILE_AT : _PROFILE_AT + 8] = bytes(8)
    return Essence(
        format="BMP",
        data=bytes(start) + rows,
        width=width,
        height=height,
        nanoseconds=width * height * _PIXEL,
        depth=3 if packed else 1 if bits <= _DEEPEST_PALETTE else 4,
    )


def unpacked(data: bytes) -> bytes:
    """The file `data` of `read` with its run lengths written out, in 8 bits a pixel; any other as it is.

    Pixels that no run names have colour 0. Pillow takes up to 24 s for what is done here in one.
    Raises VisageError: IMAGE_UNREADABLE when rows are missing, IMAGE_TOO_LARGE after `_COMMANDS`.
    """
    offset, header = struct.unpack_from("<II", data, 10)
    compression = _RAW if header == _CORE else struct.unpack_from("<I", data, 30)[0]
    if compression not in (_RLE8, _RLE4):
        return data
    width, height = struct.unpack_from("<II", data, 18)
    height = 2**32 - height if height >= 0xFF00_0000 else height
    rows = _rows(data[offset:], width, height, nibbles=compression == _RLE4)
    start = bytearray(data[:offset])
    (colours,) = struct.unpack_from("<I", start, _COLOURS_AT)
    struct.pack_into("<HIIIII", start, 28, 8, _RAW, 0, 0, 0, colours or (16 if compression == _RLE4 else 256))
    return bytes(start) + rows


def _rows(commands: bytes, width: int, height: int, *, nibbles: bool) -> bytearray:
    """The rows in the file's order, each filled up to a multiple of 4 bytes."""
    stride = (width + 3) // 4 * 4
    rows = bytearray(stride * height)
    runs = [(bytes((value >> 4, value & 15)) * 128 if nibbles else bytes((value,)) * _RUN) for value in range(256)]
    x = y = position = 0
    try:
        for _ in range(_COMMANDS):
            count, value = commands[position], commands[position + 1]
            position += 2
            if count:
                pixels = runs[value][:count]
            elif value == 0:
                x, y = 0, y + 1
                if y >= height:
                    return rows
                continue
            elif value == 1:
                return rows
            elif value == 2:
                x, y = x + commands[position], y + commands[position + 1]
                position += 2
                if y >= height:
                    return rows
                continue
            else:
                size = (value + 1) // 2 if nibbles else value
                count, pixels = value, commands[position : position + size]
                if len(pixels) < size:
                    broken("BMP")
                if nibbles:
                    pixels = pixels.hex().encode().translate(_HEXADECIMAL)[:count]
                position += size + size % 2
            if x < width:
                fitting = pixels[: width - x]
                start = y * stride + x
                rows[start : start + len(fitting)] = fitting
            x += count
    except IndexError:
        if y == height - 1 and x >= width:
            return rows
        broken("BMP")
    raise VisageError(Reason.IMAGE_TOO_LARGE, "The BMP image has too many run lengths: store it without compression.")
