"""WebP lossless streams (RFC 9649, section 3) that no encoder writes."""

import struct

import numpy as np

_LENGTHS_ORDER = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8)
_SETS = 65_536
_GREEN, _OTHERS = 256 + 24, 256


class _Bits:
    def __init__(self) -> None:
        self.all: list[int] = []

    def number(self, value: int, width: int) -> None:
        self.all.extend(value >> at & 1 for at in range(width))

    def one_symbol(self) -> None:
        """A Huffman code of symbol 0 alone."""
        self.all.extend((1, 0, 0, 0))

    def bytes_of_eight_bits(self, size: int) -> None:
        """A Huffman code of `size` symbols, of which the first 256 have 8 bits each and the others none."""
        self.number(0, 1)
        self.number(len(_LENGTHS_ORDER) - 4, 4)
        for symbol in _LENGTHS_ORDER:
            self.number(int(symbol in (8, 18)), 3)
        self.number(0, 1)
        self.all.extend([0] * 256)
        while size > 256:
            zeros = min(size - 256, 138)
            self.all.append(1)
            self.number(zeros - 11, 7)
            size -= zeros


def many_tables(width: int, height: int) -> bytes:
    """A picture of one colour with 65,536 sets of five Huffman tables, or as many as its tiles allow.

    The tables take libwebp 360 MB, the file 300 KB.
    """
    bits = _Bits()
    bits.number(0x2F, 8)
    bits.number(width - 1, 14)
    bits.number(height - 1, 14)
    bits.number(0, 4)
    bits.number(0, 2)  # no transform, no cache of colours
    size = next(size for size in range(2, 10) if -(-width >> size) * -(-height >> size) <= 1.3 * _SETS)
    tiles = -(-width >> size) * -(-height >> size)
    bits.number(1, 1)
    bits.number(size - 2, 3)
    bits.number(0, 1)
    bits.bytes_of_eight_bits(_GREEN)
    bits.bytes_of_eight_bits(_OTHERS)
    for _ in range(3):
        bits.one_symbol()
    sets = min(_SETS, tiles)
    index = np.minimum(np.arange(tiles), sets - 1)
    places = np.arange(7, -1, -1)
    image = np.concatenate([index[:, None] >> places & 1, index[:, None] >> 8 + places & 1], axis=1)
    set_of_five = _Bits()
    for _ in range(5):
        set_of_five.one_symbol()
    stream = np.concatenate([bits.all, image.ravel(), np.tile(set_of_five.all, sets), np.zeros(64, int)])
    body = np.packbits(stream.astype(np.uint8), bitorder="little").tobytes()
    body += b"\0" * (len(body) % 2)
    body = b"WEBPVP8L" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(body)) + body
