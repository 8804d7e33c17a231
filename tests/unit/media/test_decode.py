"""Image files: valid, odd and hostile ones."""

import logging
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from tests.conftest import DATA
from tests.support.images import (
    BLUE,
    GREEN,
    LIMITS,
    RED,
    WHITE,
    animation,
    chunk,
    corners,
    encoded,
    png,
    quarters,
    reason_of,
)
from visage.errors import Reason, VisageError
from visage.media import decode as decoding
from visage.media.decode import decode
from visage.media.limits import COMPARE_FACES


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
def test_transparent_pixels_lie_on_white(data):
    assert decode(data, LIMITS).pixels.tolist() == [[[255, 255, 255]]]


def test_half_transparent_black_on_white_is_grey():
    assert decode(png(1, 1, 8, 6, b"\x00\x00\x00\x00\x80"), LIMITS).pixels.tolist() == [[[127] * 3]]


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
def test_incomplete_images_and_other_formats_are_unreadable(data):
    assert reason_of(data) is Reason.IMAGE_UNREADABLE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF", "WEBP"])
def test_an_image_cut_off_anywhere_is_unreadable(kind):
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    for kept in range(0, len(data) * 9 // 10, 7):
        assert reason_of(data[:kept]) is Reason.IMAGE_UNREADABLE


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


def test_a_large_photo_is_not_decoded_whole(monkeypatch):
    decoded, reduce = [], decoding._reduced
    monkeypatch.setattr(decoding, "_reduced", lambda image, limits: decoded.append(image.size) or reduce(image, limits))
    data = encoded(Image.new("RGB", (4000, 3000), RED), "JPEG")
    assert decode(data, COMPARE_FACES).pixels.shape == (1500, 2000, 3)
    assert decoded == [(2000, 1500)]


odd_files = pytest.mark.skipif(not DATA.is_dir(), reason="the development images are not here")


@odd_files
def test_odd_files_are_pictures_or_refused_in_time():
    decoded = 0
    for path in sorted((DATA / "robustness").rglob("*.*")):
        started = time.process_time()
        try:
            picture = decode(path.read_bytes(), LIMITS)
        except VisageError as error:
            assert error.reason in (Reason.IMAGE_UNREADABLE, Reason.IMAGE_TOO_LARGE)
        else:
            decoded += 1
            assert picture.pixels.dtype == np.uint8 and picture.pixels.shape[2] == 3
        assert time.process_time() - started < 3, path.name
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
