"""Deflate streams (RFC 1951) that no compressor writes."""

import zlib

_LENGTHS_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)


def empty_blocks(size: int, content: bytes) -> bytes:
    """A zlib stream of about `size` bytes: blocks with a Huffman table of their own and no data, then `content`."""
    bits = _empty_block()
    together = "".join(bits * 8)
    unit = int(together[::-1], 2).to_bytes(len(bits), "little")
    stream = zlib.compress(content)
    return stream[:2] + unit * (size // len(unit)) + stream[2:]


def _empty_block() -> list[str]:
    """One block, bit by bit in the stream's order."""
    bits: list[str] = []

    def number(value: int, width: int) -> None:
        bits.extend(str(value >> at & 1) for at in range(width))

    number(0, 1)
    number(2, 2)
    number(0, 5)  # 257 literal codes
    number(0, 5)  # 1 distance code
    number(len(_LENGTHS_ORDER) - 1 - 4, 4)
    for symbol in _LENGTHS_ORDER[:-1]:
        number({18: 1, 1: 2, 0: 2}.get(symbol, 0), 3)
    for zeros in (138, 118):  # no literal has a code
        bits.append("0")
        number(zeros - 11, 7)
    bits.extend("11")  # the end of the block has one of one bit
    bits.extend("11")  # so has a distance
    bits.append("0")  # the end of the block
    return bits
