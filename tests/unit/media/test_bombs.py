"""What becomes of image files that would take too much, by their size or by malice."""

import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageFile

from tests.conftest import ROOT
from tests.support.images import (
    animation,
    chunk,
    encoded,
    png,
    quarters,
    reason_of,
)
from visage.errors import Reason
from visage.media.decode import decode
from visage.media.limits import Limits


def test_a_file_beyond_the_limit_is_refused_unseen():
    data = encoded(quarters(), "PNG")
    assert decode(data, Limits(bytes=len(data))).width == 48
    assert reason_of(data, Limits(bytes=len(data) - 1)) is Reason.IMAGE_TOO_LARGE


def flat_jpeg(width: int, height: int, **options) -> bytes:
    return encoded(Image.new("L", (width, height)), "JPEG", quality=10, **options)


def with_size(data: bytes, width: int, height: int) -> bytes:
    """A JPEG that claims another size."""
    frame = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def with_canvas(data: bytes, width: int, height: int) -> bytes:
    """An animated WEBP that claims another canvas."""
    return data[:24] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + data[30:]


def scanned_again(data: bytes, times: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    last = data.rfind(b"\xff\xda")
    return data[:-2] + data[last:-2] * times + data[-2:]


TOO_LARGE = {
    "side": png(30_001, 1, 1, 0, bytes(3_752)),
    "PNG of 120 megapixels": png(12_000, 10_000, 8, 2, b""),
    "PNG of 899 megapixels": png(29_990, 29_990, 8, 0, b""),
    "JPEG of 900 megapixels": with_size(flat_jpeg(8, 8), 30_000, 30_000),
    "progressive JPEG of 250 megapixels": with_size(
        encoded(quarters(), "JPEG", progressive=True), 20_000, 12_500
    ),
    "scans without end": scanned_again(flat_jpeg(2000, 2000, progressive=True), 1000),
    "GIF of 5 megapixels": b"GIF89a" + struct.pack("<HHBBB", 2500, 2000, 0, 0, 0)
    + b"," + struct.pack("<HHHHB", 0, 0, 2500, 2000, 0) + b"\2\2D\1\0;",
    "GIF with a frame beyond its screen": b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0)
    + b"," + struct.pack("<HHHHB", 0, 0, 60_000, 60_000, 0) + b"\2\2D\1\0;",
    "BMP of 900 megapixels": b"BM" + struct.pack("<IHHI", 0, 0, 0, 54)
    + struct.pack("<IiiHHIIiiII", 40, 30_000, 30_000, 1, 24, 0, 0, 0, 0, 0, 0),
    "WEBP of 26 megapixels": with_canvas(animation("WEBP"), 5_200, 5_000),
    "WEBP of 196 megapixels": with_canvas(animation("WEBP"), 14_000, 14_000),
    "WEBP of 268 megapixels": with_canvas(animation("WEBP"), 16_384, 16_384),
}  # fmt: skip


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE)
def test_what_would_take_too_much_memory_or_time_is_refused_from_its_header(data, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load", None)  # decoding would now fail as unreadable
    assert reason_of(data) is Reason.IMAGE_TOO_LARGE


def directory_of_megabytes() -> bytes:
    """Exif of 1.9 MB in which each of 65,535 tags is the same megabyte."""
    tags = b"".join(struct.pack("<HHII", tag, 1, 1_000_000, 800_000) for tag in range(65_535))
    return b"II*\0" + struct.pack("<IH", 8, 65_535) + tags + bytes(1_100_000)


def exif_segments(tiff: bytes) -> bytes:
    parts = [tiff[at : at + 65_000] for at in range(0, len(tiff), 65_000)]
    return b"".join(b"\xff\xe1" + struct.pack(">H", len(part) + 8) + b"Exif\0\0" + part for part in parts)


def bmp_runs(side: int) -> bytes:
    head = b"BM" + struct.pack("<IHHI", 0, 0, 0, 1078)
    head += struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, 0, 0, 0, 256, 0) + b"\1\2\3\0" * 256
    return head + (b"\xff\1" * (side // 255) + bytes((side % 255, 1, 0, 0))) * side


PIXEL = b"\0\0"
BOMBS = {
    "PNG of 99 megapixels": lambda: png(10_000, 9_900, 8, 2, bytes(30_001 * 9_900)),
    "PNG of 249 grey megapixels": lambda: png(20_000, 12_450, 8, 0, bytes(20_001 * 12_450)),
    "PNG of 81 transparent megapixels": lambda: png(9_000, 9_000, 8, 6, bytes(36_001 * 9_000)),
    "PNG with an endless directory": lambda: png(1, 1, 8, 0, PIXEL, chunk(b"eXIf", directory_of_megabytes())),
    "JPEG with an endless directory": lambda: flat_jpeg(8, 8).replace(
        b"\xff\xdb", exif_segments(directory_of_megabytes()) + b"\xff\xdb", 1
    ),
    "texts": lambda: png(1, 1, 8, 0, PIXEL, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**20), 9)) * 1_900),
    "profile": lambda: png(1, 1, 8, 0, PIXEL, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**28), 9))),
    "tiny chunks": lambda: png(1, 1, 8, 0, PIXEL, chunk(b"aaAa") * 174_000),
    "tiny segments": lambda: b"\xff\xd8" + b"\xff\xe0\0\2" * 524_000,
    "padding": lambda: b"\xff\xd8" + b"\xff" * 2**21,
    "comments": lambda: b"GIF89a" + bytes(7) + b"!\xfe" + b"\1a" * 2**20,
    "riff parts": lambda: b"RIFF\0\0\0\0WEBP" + b"abcd\0\0\0\0" * 2**18,
    "progressive JPEG of 130 megapixels": lambda: flat_jpeg(13_000, 10_000, progressive=True),
    "as many scans as allowed": lambda: scanned_again(flat_jpeg(2_000, 2_000, progressive=True), 590),
    "JPEG of 249 megapixels": lambda: flat_jpeg(24_900, 10_000),
    "WEBP of 24 megapixels": lambda: encoded(Image.new("RGB", (6_000, 4_000)), "WEBP", method=0),
    "run lengths": lambda: bmp_runs(11_000),
}
ALONE = """
import pathlib, re, sys, time
from visage.errors import VisageError
from visage.media.decode import decode
from visage.media.limits import Limits

def peak():
    # getrusage would tell the parent's peak where that is higher
    return int(re.search(r"VmHWM:\\s+(\\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024

data = pathlib.Path(sys.argv[1]).read_bytes()
memory, started = peak(), time.process_time()
try:
    decode(data, Limits(bytes=20 * 2**20))
except VisageError:
    pass
print(time.process_time() - started, peak() - memory)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="a process's peak memory is read from Linux")
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_takes_no_more_than_its_share_of_time_and_memory(bomb, tmp_path):
    (tmp_path / "bomb").write_bytes(bomb())
    finished = subprocess.run(
        [sys.executable, "-W", "always", "-c", ALONE, str(tmp_path / "bomb")],
        env={"PYTHONPATH": str(ROOT / "layers" / "visage" / "python")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
    seconds, megabytes = map(float, finished.stdout.split())
    assert seconds < 4 and megabytes < 450, (seconds, megabytes)
