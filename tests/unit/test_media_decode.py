"""What becomes of image files: whole ones, odd ones, hostile ones."""

import io
import logging
import struct
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.conftest import DATA, ROOT
from visage.errors import Reason, VisageError
from visage.media.decode import Picture, decode
from visage.media.limits import COMPARE_FACES, Limits

LIMITS = Limits(bytes=20 * 2**20)
RED, GREEN, BLUE, WHITE = (200, 30, 40), (20, 180, 50), (30, 40, 210), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **options) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def quarters(mode: str = "RGB") -> Image.Image:
    """48 x 32: red, green, blue, white, each in its corner, so that no two orientations look alike."""
    pixels = np.empty((32, 48, 3), np.uint8)
    pixels[:16, :24], pixels[:16, 24:], pixels[16:, :24], pixels[16:, 24:] = RED, GREEN, BLUE, WHITE
    image = Image.fromarray(pixels)
    return image.quantize(4) if mode == "P" else image.convert(mode)


def corners(picture: Picture) -> list[tuple[int, ...]]:
    return [tuple(map(int, picture.pixels[y, x])) for y, x in ((4, 4), (4, -5), (-5, 4), (-5, -5))]


def reason_of(data: bytes, limits: Limits = LIMITS) -> Reason:
    with pytest.raises(VisageError) as raised:
        decode(data, limits)
    return raised.value.reason


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, bits: int, colour: int, rows: bytes, extra: bytes = b"") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND")
    )


def exif(orientation: int, order: str = "<") -> bytes:
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)


@pytest.mark.parametrize(
    ("mode", "kind", "options"),
    [
        ("RGB", "PNG", {}),
        ("RGBA", "PNG", {}),
        ("P", "PNG", {}),
        ("RGB", "JPEG", {"quality": 95, "subsampling": 0}),
        ("RGB", "JPEG", {"quality": 95, "subsampling": 0, "progressive": True}),
        ("CMYK", "JPEG", {"quality": 95}),
        ("RGB", "BMP", {}),
        ("RGBA", "BMP", {}),
        ("P", "GIF", {}),
        ("RGB", "WEBP", {"lossless": True}),
        ("RGB", "WEBP", {"quality": 95}),
    ],
)
def test_every_format_gives_its_colours(mode, kind, options):
    picture = decode(encoded(quarters(mode), kind, **options), LIMITS)
    assert picture.pixels.shape == (32, 48, 3) and picture.pixels.dtype == np.uint8
    assert (picture.width, picture.height) == (48, 32)
    assert np.abs(np.array(corners(picture)) - (RED, GREEN, BLUE, WHITE)).max() <= 12


def test_cmyk_without_adobes_mark_is_read_as_adobe_writes_it():
    data = encoded(quarters("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    picture = decode(data.replace(b"Adobe", b"Eboda"), LIMITS)
    assert np.abs(np.array(corners(picture)) - (RED, GREEN, BLUE, WHITE)).max() <= 12


@pytest.mark.parametrize(
    ("bits", "row", "expected"),
    [(1, b"\0\x80", 255), (2, b"\0\x80", 170), (4, b"\0\x90", 153), (8, b"\0\x77", 119), (16, b"\0\x77\xff", 119)],
)
def test_grey_of_every_depth_becomes_rgb(bits, row, expected):
    assert decode(png(1, 1, bits, 0, row), LIMITS).pixels.tolist() == [[[expected] * 3]]


@pytest.mark.parametrize(
    ("colour", "row"), [(2, b"\0\x10\xff\x20\xff\x30\xff"), (6, b"\0\x10\xff\x20\xff\x30\xff\xff\xff")]
)
def test_sixteen_bit_colours_keep_their_upper_half(colour, row):
    assert decode(png(1, 1, 16, colour, row), LIMITS).pixels.tolist() == [[[0x10, 0x20, 0x30]]]


@pytest.mark.parametrize(
    "data",
    [
        png(1, 1, 8, 6, b"\x00\x00\x00\x00\x00"),
        png(1, 1, 8, 4, b"\x00\x00\x00"),
        png(1, 1, 16, 4, b"\x00\x00\x00\x00\x00"),
        png(1, 1, 8, 2, b"\x00\x01\x02\x03", chunk(b"tRNS", b"\0\1\0\2\0\3")),
        png(1, 1, 8, 0, b"\x00\x07", chunk(b"tRNS", b"\0\7")),
        png(1, 1, 1, 0, b"\x00\x00", chunk(b"tRNS", b"\0\0")),
        png(1, 1, 8, 3, b"\x00\x00", chunk(b"PLTE", b"\1\2\3") + chunk(b"tRNS", b"\0")),
    ],
    ids=["RGBA", "LA", "LA 16", "RGB key", "grey key", "bit key", "palette"],
)
def test_what_is_transparent_lies_on_white(data):
    assert decode(data, LIMITS).pixels.tolist() == [[[255, 255, 255]]]


def test_half_transparent_black_on_white_is_grey():
    assert decode(png(1, 1, 8, 6, b"\x00\x00\x00\x00\x80"), LIMITS).pixels.tolist() == [[[127] * 3]]


def animation(kind: str) -> bytes:
    first, *others = (Image.new("RGB", (20, 20), colour) for colour in (RED, GREEN, BLUE))
    return encoded(first, kind, save_all=True, append_images=others, **({"lossless": True} if kind == "WEBP" else {}))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_is_its_first_frame(kind):
    assert np.abs(decode(animation(kind), LIMITS).pixels.astype(int) - RED).max() <= 2


TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera stores an upright picture that it marks so; 6 and 8 undo each other."""


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_ends_upright(orientation, kind, order):
    stored = quarters().transpose(TURNS[orientation]) if orientation > 1 else quarters()
    options = {"lossless": True} if kind == "WEBP" else {"quality": 95, "subsampling": 0} if kind == "JPEG" else {}
    picture = decode(encoded(stored, kind, exif=b"Exif\0\0" + exif(orientation, order), **options), LIMITS)
    assert (picture.width, picture.height) == (48, 32)
    assert np.abs(np.array(corners(picture)) - (RED, GREEN, BLUE, WHITE)).max() <= 12


@pytest.mark.parametrize(
    "tiff",
    [
        b"",
        b"II*\0",
        b"nonsense",
        exif(0),
        exif(9),
        exif(65535),
        exif(6)[:-9],
        b"II*\0\xff\xff\xff\xff",
        b"II*\0\x08\0\0\0\xff\xff",
    ],
)
def test_exif_that_cannot_be_read_leaves_the_picture_as_it_is(tiff):
    picture = decode(encoded(quarters(), "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0" + tiff), LIMITS)
    assert np.abs(np.array(corners(picture)) - (RED, GREEN, BLUE, WHITE)).max() <= 12


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
@pytest.mark.parametrize(
    ("size", "reduced"),
    [((1600, 900), 1600), ((3199, 40), 3199), ((3200, 40), 1600), ((4001, 50), 2001), ((50, 8000), 1600)],
)
def test_a_large_image_is_reduced_but_not_below_the_working_side(kind, size, reduced):
    picture = decode(encoded(Image.new("RGB", size, RED), kind), LIMITS)
    longer = max(picture.pixels.shape[:2])
    # A JPEG is reduced by halves while it is decoded.
    assert longer == reduced or (kind == "JPEG" and LIMITS.working_side <= longer < 2 * LIMITS.working_side)
    assert (picture.width, picture.height) == size
    assert np.abs(picture.pixels.astype(int) - RED).max() <= 4


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1"])
def test_reduction_averages_and_keeps_places(mode):
    image = quarters().resize((4800, 3200), Image.Resampling.NEAREST).convert(mode, dither=Image.Dither.NONE)
    expected = np.asarray(image.convert("RGB").reduce(3))
    assert np.array_equal(decode(encoded(image, "PNG"), LIMITS).pixels, expected)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"BM",
        b"RIFF\0\0\0\0WEBP",
        b"RIFF\x1a\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(10),
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\0\x08\0\0\0",
        b"\0\0\1\0\1\0",
        b"8BPS\0\1",
        b"%!PS-Adobe-3.0 EPSF-3.0",
        encoded(quarters(), "TIFF"),
        encoded(quarters(), "ICO"),
        encoded(quarters(), "PPM"),
        encoded(quarters(), "TGA"),
        encoded(quarters(), "JPEG2000"),
        encoded(quarters(), "AVIF"),
        png(0, 1, 8, 0, b""),
        png(1, 0, 8, 0, b""),
        png(1, 1, 8, 0, b""),
        png(1, 1, 8, 0, b"\0\0", chunk(b"CgBI", b"\0\0\0\0")),
        b"GIF89a" + struct.pack("<HHBBB", 0, 0, 0, 0, 0) + b"," + bytes(9) + b"\2\2D\1\0;",
        b"GIF89a" + struct.pack("<HHBBB", 5, 5, 0, 0, 0) + b";",
    ],
)  # fmt: skip
def test_what_is_no_whole_image_of_an_accepted_format_is_unreadable(data):
    assert reason_of(data) is Reason.IMAGE_UNREADABLE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_an_image_cut_off_anywhere_is_unreadable(kind):
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    for kept in range(0, len(data) * 9 // 10, 7):
        assert reason_of(data[:kept]) is Reason.IMAGE_UNREADABLE


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
def test_what_would_take_too_much_memory_or_time_is_refused_from_its_header(data):
    started = time.perf_counter()
    assert reason_of(data) is Reason.IMAGE_TOO_LARGE
    assert time.perf_counter() - started < 0.5


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


def test_damage_warns_and_logs_nothing(caplog, recwarn):
    caplog.set_level(logging.DEBUG)
    damaged = encoded(quarters(), "PNG", exif=b"Exif\0\0II*\0\xff\xff")
    decode(damaged, LIMITS)
    reason_of(damaged[:-20])
    decode(png(20_000, 10_000, 1, 0, bytes(2_501 * 10_000)), LIMITS)
    assert not caplog.records and not recwarn.list


def test_several_threads_decode_at_once():
    files = [encoded(quarters(), kind) for kind in ("PNG", "JPEG", "BMP", "GIF", "WEBP")] * 8
    alone = [decode(data, LIMITS).pixels for data in files]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda data: decode(data, LIMITS).pixels, files))
    assert all(map(np.array_equal, alone, together))


def test_a_photo_of_twelve_megapixels_is_decoded_quickly():
    noise = np.random.default_rng(1).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise).resize((4000, 3000), Image.Resampling.BICUBIC), "JPEG", quality=80)
    started = time.process_time()
    assert decode(data, COMPARE_FACES).pixels.shape == (1500, 2000, 3)
    assert time.process_time() - started < 0.5


odd_files = pytest.mark.skipif(not DATA.is_dir(), reason="the development images are not here")


@odd_files
def test_odd_files_are_pictures_or_refused_within_two_seconds():
    decoded = 0
    for path in sorted((DATA / "robustness").rglob("*.*")):
        started = time.perf_counter()
        try:
            picture = decode(path.read_bytes(), LIMITS)
        except VisageError as error:
            assert error.reason in (Reason.IMAGE_UNREADABLE, Reason.IMAGE_TOO_LARGE)
        else:
            decoded += 1
            assert picture.pixels.dtype == np.uint8 and picture.pixels.shape[2] == 3
        assert time.perf_counter() - started < 2, path.name
    assert decoded > 200


@odd_files
@pytest.mark.parametrize("name", ["Landscape", "Portrait"])
def test_a_photo_in_eight_orientations_is_one_picture(name):
    upright, *turned = (
        decode((DATA / "robustness" / "exif" / f"{name}_{index}.jpg").read_bytes(), LIMITS) for index in range(1, 9)
    )
    for other in turned:
        assert (other.width, other.height) == (upright.width, upright.height)
        assert np.abs(other.pixels.astype(int) - upright.pixels).mean() < 8
