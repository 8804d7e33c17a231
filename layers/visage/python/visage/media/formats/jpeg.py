"""JPEG files: ITU-T T.81, with JFIF's and Adobe's notes on colours."""

import re
import struct
from dataclasses import dataclass, field

from visage.media.formats.exif import exif, orientation
from visage.media.formats.types import PARTS, Essence, broken

_MARKER = re.compile(rb"\xff([^\x00\xff])")
_AFTER_SCAN = re.compile(rb"\xff(?=[^\x00\xff\xd0-\xd7])")
_FRAMES = (0xC0, 0xC1, 0xC2)  # baseline, extended, progressive; not lossless, hierarchical or arithmetic
_ALONE = (0x01, *range(0xD0, 0xD9))  # markers that no length follows
_TABLES = (0xC4, 0xDB, 0xDD)  # Huffman, quantization, restart interval
_SCAN, _END, _JFIF, _EXIF, _ADOBE = 0xDA, 0xD9, 0xE0, 0xE1, 0xEE
_NAMELESS = (0xDC, *range(0xE0, 0xF0), 0xFE)  # number of lines, applications, comments
_ALL = (1 << 64) - 1

# Nanoseconds, measured: noise in the best quality, flat pictures, scans that repeat.
_BYTE, _BYTE_AGAIN = 20.0, 45.0  # of the file; when all coefficients are kept
_SAMPLE = 0.35  # of the whole picture, which is decoded reduced
_SCANNED = 0.8  # a sample, for each scan that goes over it
_PIXEL, _PIXELS = 15.0, 3_200**2  # of the decoded picture, which has at most so many when it is reduced


def read(data: bytes) -> Essence:
    """The tables, frame and scans of a JPEG up to its end, whatever follows: a motion photo's film, for example.

    Raises VisageError(IMAGE_UNREADABLE).
    """
    walk = _Walk(data)
    try:
        whole = walk.to_the_end()
    except (IndexError, ValueError, ZeroDivisionError, struct.error):
        broken("JPEG")
    if not whole and not walk.complete:
        broken("JPEG")
    again = walk.progressive or walk.scans > 1
    content = b"".join(walk.kept)
    samples = sum(walk.samples.values())
    nanoseconds = (
        len(content) * (_BYTE_AGAIN if again else _BYTE)
        + samples * _SAMPLE
        + walk.scanned * _SCANNED * again
        + min(walk.width * walk.height, _PIXELS) * _PIXEL
    )
    return Essence(
        format="JPEG",
        data=content,
        width=walk.width,
        height=walk.height,
        nanoseconds=nanoseconds * (1 if whole else 2),
        depth=1 if len(walk.samples) == 1 else 4,
        workspace=2 * samples if again else 0,
        orientation=orientation(walk.metadata),
        whole=whole,
    )


def marked(data: bytes, value: int) -> bytes:
    """The file `data` of `read` with an orientation."""
    return data[:2] + _segment(_EXIF, b"Exif\0\0" + exif(value)) + data[2:]


@dataclass(slots=True)
class _Walk:
    """One way through a file, from segment to segment."""

    data: bytes
    kept: list[bytes] = field(default_factory=lambda: [b"\xff\xd8"])
    metadata: bytes = b""
    width: int = 0
    height: int = 0
    progressive: bool = False
    samples: dict[int, int] = field(default_factory=dict)
    """How many each component has, by its id."""
    known: dict[int, int] = field(default_factory=dict)
    """Which of its 64 coefficients each component has in full, a bit for each."""
    scans: int = 0
    scanned: int = 0
    """Samples, of all scans together."""

    @property
    def complete(self) -> bool:
        """Whether the scans hold all of the picture, if the last of them does not end early."""
        return bool(self.known) and all(known == _ALL for known in self.known.values())

    def to_the_end(self) -> bool:
        """Whether the file's end mark was reached; if not, the last scan may be cut off."""
        position, needed = 2, 0
        for _ in range(PARTS):
            found = _MARKER.search(self.data, position)
            if found is None:
                break
            marker, position = found[1][0], found.end()
            if marker in _ALONE:
                continue
            if marker == _END:
                if not self.scans:
                    broken("JPEG")
                self.kept.append(b"\xff\xd9")
                return True
            length = int.from_bytes(self.data[position : position + 2], "big")
            segment = self.data[position + 2 : position + length]
            if length < 2 or len(segment) < length - 2 or not self._take(marker, segment):
                break
            position += length
            if marker == _SCAN:
                end = _AFTER_SCAN.search(self.data, position)
                start, position = position, end.start() if end else len(self.data)
                self.kept.append(_unfilled(self.data[start:position]))
                needed = len(self.kept)
        if not self.scans:
            broken("JPEG")
        # A file that was laid out in full before it was written ends in zeros.
        self.kept[needed - 1 :] = [self.kept[needed - 1].rstrip(b"\0\xff"), b"\xff\xd9"]
        return False

    def _take(self, marker: int, segment: bytes) -> bool:
        """Whether the segment is one of a JPEG that we read."""
        if marker in _FRAMES:
            if self.samples:
                broken("JPEG")
            self._frame(marker, segment)
        elif marker == _SCAN:
            self._scan(segment)
        elif marker in _TABLES:
            pass
        elif marker == _JFIF:
            # What follows its first fields is a thumbnail.
            segment = b"JFIF\0\1\1\0\0\1\0\1\0\0" if segment.startswith(b"JFIF\0") else b""
        elif marker == _ADOBE:
            segment = segment[:12] if segment.startswith(b"Adobe") else b""
        elif marker in _NAMELESS:
            if marker == _EXIF and segment.startswith(b"Exif\0\0"):
                self.metadata = self.metadata or segment
            segment = b""
        else:
            return False
        if segment:
            self.kept.append(_segment(marker, segment))
        return True

    def _frame(self, marker: int, segment: bytes) -> None:
        _, self.height, self.width, count = struct.unpack_from(">BHHB", segment)
        factors = {segment[at]: (segment[at + 1] >> 4, segment[at + 1] & 15) for at in range(6, 6 + 3 * count, 3)}
        finest = max(across for across, _ in factors.values()) * max(down for _, down in factors.values())
        pixels = self.width * self.height
        self.samples = {each: pixels * across * down // finest for each, (across, down) in factors.items()}
        self.known = dict.fromkeys(factors, 0)
        self.progressive = marker == 0xC2

    def _scan(self, segment: bytes) -> None:
        count = segment[0]
        first, last, precision = segment[1 + 2 * count : 4 + 2 * count]
        for each in segment[1 : 1 + 2 * count : 2]:
            if each not in self.samples:
                broken("JPEG")
            self.scanned += self.samples[each]
            if precision & 15 == 0 and first <= last < 64:
                self.known[each] |= (1 << last + 1) - (1 << first)
        self.scans += 1


def _unfilled(scan: bytes) -> bytes:
    """The coded pixels without filling, which may stand before any marker and of which a decoder reads every byte."""
    while b"\xff\xff" in scan:
        scan = scan.replace(b"\xff\xff", b"\xff")
    return scan


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(content) + 2).to_bytes(2, "big") + content
