"""What a decoder receives of an image file, and what is stored of it: pixels and orientation."""

import io
import random
import struct

import numpy as np
import pytest
from PIL import Image

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
    quarters,
    reason_of,
)
from torture.attacks.bombs import bmp
from visage.errors import Reason
from visage.media.decode import decode
from visage.media.formats.essence import bare, essence

SECRET = b"47.3769N 8.5417E"


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def exif(orientation: int, kind: int = 3, order: str = ">") -> bytes:
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    value = struct.pack(order + {1: "Bxxx", 3: "Hxx", 4: "I"}[kind], orientation)
    entries = struct.pack(f"{order}HHII", 0x010F, 2, 16, 38) + struct.pack(f"{order}HHI", 0x0112, kind, 1) + value
    return mark + struct.pack(f"{order}IH", 8, 2) + entries + bytes(4) + SECRET


def jpeg_with_everything(orientation: int) -> bytes:
    plain = encoded(quarters(), "JPEG", quality=95, subsampling=0, progressive=True)
    second_scan = plain.find(b"\xff\xc4", plain.find(b"\xff\xda"))
    head = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\4\4" + SECRET * 3) + segment(0xE0, b"JFXX\0\x10" + SECRET)
    head += segment(0xE1, b"Exif\0\0" + exif(orientation)) + segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)
    head += segment(0xE2, b"ICC_PROFILE\0\1\1" + SECRET) + segment(0xED, SECRET) + segment(0xFE, SECRET)
    between = segment(0xFE, SECRET) + segment(0xE5, SECRET)
    plain = plain[:2] + head + plain[20:second_scan] + between + plain[second_scan:]
    return plain + SECRET + b"\xff\xd8" + segment(0xE1, SECRET) + b"\xff\xda" * 5_000


def png_with_everything(orientation: int) -> bytes:
    plain = encoded(quarters(), "PNG")
    extra = chunk(b"eXIf", exif(orientation)) + chunk(b"tEXt", b"Comment\0" + SECRET) + chunk(b"iCCP", SECRET)
    extra += chunk(b"fcTL", bytes(26)) + chunk(b"tIME", SECRET[:7])
    return plain[:33] + extra + plain[33:-12] + chunk(b"fdAT", bytes(4) + SECRET) + plain[-12:] + SECRET


def webp_with_everything(orientation: int) -> bytes:
    picture = encoded(quarters("RGB"), "WEBP", lossless=True)
    canvas = bytes((0x2C, 0, 0, 0)) + (47).to_bytes(3, "little") + (31).to_bytes(3, "little")
    pixels = picture[20 : 20 + struct.unpack("<I", picture[16:20])[0]]
    parts = [(b"ICCP", SECRET), (b"VP8L", pixels), (b"EXIF", exif(orientation)), (b"XMP ", SECRET), (b"ZZZZ", SECRET)]
    return riff((b"VP8X", canvas), *parts) + SECRET


def gif_with_everything(_orientation: int) -> bytes:
    plain = animation("GIF")
    comment = b"!\xfe" + bytes([len(SECRET)]) + SECRET + b"\0"
    table_end = 13 + (3 << (plain[10] & 7) + 1)
    return plain[:table_end] + comment + plain[table_end:-1] + comment + b";" + SECRET


def bmp_with_everything(_orientation: int) -> bytes:
    plain = encoded(quarters(), "BMP")
    profile = struct.pack("<III", 124 + 2 * len(SECRET) + len(plain) - 54, len(SECRET), 0)
    header = struct.pack("<I", 124) + plain[18:54] + bytes(16) + b"DEBM" + bytes(36) + bytes(12) + bytes(4) + profile
    assert len(header) == 124
    start = b"BM" + struct.pack("<IHHI", 0, 0x4747, 0x4747, 14 + 124 + 2 * len(SECRET))
    return start + header + SECRET * 2 + plain[54:] + SECRET


EVERYTHING = {
    "JPEG": jpeg_with_everything,
    "PNG": png_with_everything,
    "WEBP": webp_with_everything,
    "GIF": gif_with_everything,
    "BMP": bmp_with_everything,
}


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("kind", EVERYTHING)
def test_what_is_kept_of_an_image_is_its_pixels_and_its_orientation(kind, orientation):
    data = EVERYTHING[kind](orientation)
    kept, content_type = bare(data)
    assert content_type == f"image/{kind.lower()}"
    assert SECRET in data and SECRET[:7] not in kept and b"GG" not in kept[:14]
    before, after = decode(data, LIMITS), decode(kept, LIMITS)
    assert (after.width, after.height) == (before.width, before.height)
    assert np.array_equal(after.pixels, before.pixels)
    assert bare(kept)[0] == kept
    turned = orientation == 6 and kind in ("JPEG", "PNG", "WEBP")
    assert (before.width < before.height) == turned


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_is_kept_is_what_every_other_program_shows(kind):
    image = Image.open(io.BytesIO(bare(EVERYTHING[kind](6))[0]))
    assert image.format == kind and image.getexif()[0x0112] == 6 and dict(image.getexif()) == {0x0112: 6}


@pytest.mark.parametrize("kind", EVERYTHING)
def test_coded_pixels_are_kept_as_they_are(kind):
    data = EVERYTHING[kind](1)
    kept = bare(data)[0]
    coded = {"JPEG": kept[-60:-2], "PNG": kept[-50:-12], "WEBP": kept[-40:], "GIF": kept[-20:-1], "BMP": kept[-4000:]}
    assert coded[kind] in data


def test_a_picture_with_alpha_beside_it_keeps_both_and_its_orientation():
    image = quarters("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    data = encoded(image, "WEBP", quality=90, exif=b"Exif\0\0" + exif(6))
    kept, _ = bare(data)
    assert b"ALPH" in kept and SECRET not in kept
    assert np.array_equal(decode(kept, LIMITS).pixels, decode(data, LIMITS).pixels)
    assert decode(kept, LIMITS).width == 32


# --- orientation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", [1, 3, 4], ids=["BYTE", "SHORT", "LONG"])
def test_the_orientation_is_read_from_every_whole_number(kind, order):
    data = encoded(quarters(), "JPEG", exif=b"Exif\0\0" + exif(6, kind, order))
    assert essence(data).orientation == 6
    assert decode(data, LIMITS).width == 32


# --- JPEG: where it ends ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("progressive", [False, True])
def test_a_video_after_the_picture_is_ignored(progressive):
    photo = encoded(quarters(), "JPEG", progressive=progressive)
    film = random.Random(1).randbytes(100_000) + b"\xff\xda" * 10_000
    assert essence(photo + film) == essence(photo)
    assert decode(photo + film, LIMITS).width == 48


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_blocks": 2}], ids=str)
def test_a_jpeg_without_its_end_marker_is_complete(options):
    rng = np.random.default_rng(3)
    whole = encoded(Image.fromarray(rng.integers(0, 256, (40, 60, 3), np.uint8)), "JPEG", **options)
    expected = decode(whole, LIMITS).pixels
    for end in (b"", b"\xff", b"\0" * 500):
        data = whole[:-2] + end
        assert np.array_equal(decode(data, LIMITS).pixels, expected)
        assert bare(data)[0] == bare(whole)[0]
    refused = sum(_unreadable(whole[:-cut]) for cut in range(3, 200))
    assert refused >= 195  # the last byte may hold nothing but filling


def _unreadable(data: bytes) -> bool:
    try:
        decode(data, LIMITS)
    except Exception as error:
        return getattr(error, "reason", None) is Reason.IMAGE_UNREADABLE
    return False


def test_a_progressive_jpeg_cut_between_its_scans_is_not_whole():
    data = encoded(quarters(), "JPEG", progressive=True)
    last = data.rfind(b"\xff\xc4")
    assert reason_of(data[:last]) is Reason.IMAGE_UNREADABLE


def test_a_second_header_is_refused():
    png, jpeg = encoded(quarters(), "PNG"), encoded(quarters(), "JPEG")
    assert reason_of(png[:33] + png[8:]) is Reason.IMAGE_UNREADABLE
    frame = jpeg.find(b"\xff\xc0")
    length = struct.unpack(">H", jpeg[frame + 2 : frame + 4])[0] + 2
    assert reason_of(jpeg[:frame] + jpeg[frame : frame + length] + jpeg[frame:]) is Reason.IMAGE_UNREADABLE


# --- BMP --------------------------------------------------------------------------------------------------------------


def with_masks(alphas: bytes) -> bytes:
    """32-bit BMP of 2 x 1 red pixels whose fourth byte has a mask."""
    masks = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    head = struct.pack("<IiiHHIIiiII", 108, 2, 1, 1, 32, 3, 0, 0, 0, 0, 0) + masks + bytes(52)
    pixels = b"".join(bytes((0, 0, 255, alpha)) for alpha in alphas)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 14 + len(head)) + head + pixels


@pytest.mark.parametrize(
    ("alphas", "expected"),
    [(b"\0\0", [(255, 0, 0)] * 2), (b"\xff\0", [(255, 0, 0), (255, 255, 255)]), (b"\xff\xff", [(255, 0, 0)] * 2)],
)
def test_a_bmp_with_unset_alpha_is_opaque(alphas, expected):
    assert [tuple(map(int, pixel)) for pixel in decode(with_masks(alphas), LIMITS).pixels[0]] == expected


def indices(data: bytes, expected: list[list[int]]) -> None:
    """Fails unless a bitmap made with `bmp` shows these colours of its table, upper row first."""
    table = np.frombuffer(data[54 : 54 + 4 * 16], np.uint8).reshape(-1, 4)[:, 2::-1]
    assert np.array_equal(decode(data, LIMITS).pixels, table[np.array(expected)])


RUNS = {
    "runs and a literal": (1, b"\3\1\2\2\0\0" + b"\0\5\1\2\3\4\5\0" + b"\0\1", [[1, 2, 3, 4, 5], [1, 1, 1, 2, 2]]),
    "rows that end early": (1, b"\2\7\0\0\1\7\0\1", [[7, 0, 0, 0, 0], [7, 7, 0, 0, 0]]),
    "a step": (1, b"\1\3\0\2\2\1\1\4\0\1", [[0, 0, 0, 4, 0], [3, 0, 0, 0, 0]]),
    "an end without its mark": (1, b"\5\1\0\0\5\2", [[2] * 5, [1] * 5]),
    "nothing at all": (1, b"\0\1", [[0] * 5, [0] * 5]),
    "beyond the row": (1, b"\x09\1\0\0\0\7\1\2\3\4\5\6\7\0\0\1", [[1, 2, 3, 4, 5], [1] * 5]),
    "nibbles": (2, b"\5\x12\0\0" + b"\0\5\x12\x34\x50\0" + b"\0\1", [[1, 2, 3, 4, 5], [1, 2, 1, 2, 1]]),
}


@pytest.mark.parametrize(("compression", "runs", "expected"), RUNS.values(), ids=RUNS)
def test_run_lengths_are_read_as_windows_writes_them(compression, runs, expected):
    bits = {1: 8, 2: 4}[compression]
    indices(bmp(5, 2, bits, runs, compression, colours=16), expected)


@pytest.mark.parametrize("runs", [b"", b"\5", b"\5\1\0\0", b"\5\1\0\0\4\1", b"\0\5\1\2", b"\0\2\1"])
def test_run_lengths_that_end_too_early_are_unreadable(runs):
    assert reason_of(bmp(5, 2, 8, runs, 1, colours=16)) is Reason.IMAGE_UNREADABLE


def test_a_large_bitmap_of_runs_is_what_was_drawn():
    drawn = np.random.default_rng(2).integers(0, 16, (50, 70)).repeat(3, axis=1)
    runs = b""
    for row in drawn[::-1]:
        ends = [*np.flatnonzero(np.diff(row)) + 1, len(row)]
        starts = [0, *ends[:-1]]
        runs += b"".join(bytes((end - start, row[start])) for start, end in zip(starts, ends, strict=True)) + b"\0\0"
    indices(bmp(210, 50, 8, runs + b"\0\1", 1, colours=16), drawn.tolist())


# --- GIF, WebP --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_an_animation_keeps_one_frame(kind):
    data = animation(kind)
    left = essence(data).data
    assert len(left) < len(data)
    assert getattr(Image.open(io.BytesIO(left)), "n_frames", 1) == 1


def test_a_gif_keeps_what_is_transparent():
    image = Image.new("P", (4, 4), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    data = encoded(image, "GIF", transparency=1)
    assert decode(data, LIMITS).pixels.tolist() == [[[255] * 3] * 4] * 4


def test_corners_are_the_picture_s_own():
    for kind, everything in EVERYTHING.items():
        if kind != "GIF":
            found = corners(decode(everything(1), LIMITS))
            assert np.abs(np.array(found) - (RED, GREEN, BLUE, WHITE)).max() <= 12
