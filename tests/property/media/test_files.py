"""Any bytes give either a picture or the one error."""

import io

import numpy as np
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image

from tests.support.effort import examples
from visage.errors import Reason, VisageError
from visage.media.decode import decode
from visage.media.limits import COMPARE_FACES


def whole_files() -> dict[str, bytes]:
    pixels = np.random.default_rng(7).integers(0, 256, (24, 40, 4), dtype=np.uint8)
    exif = Image.Exif()
    exif[0x0112] = 6
    kinds = {
        "png": ("RGBA", "PNG", {"exif": exif}),
        "palette": ("P", "PNG", {}),
        "jpeg": ("RGB", "JPEG", {"exif": exif}),
        "progressive": ("RGB", "JPEG", {"progressive": True}),
        "cmyk": ("CMYK", "JPEG", {}),
        "bmp": ("RGB", "BMP", {}),
        "gif": ("P", "GIF", {"save_all": True, "append_images": [Image.new("P", (40, 24))]}),
        "webp": ("RGBA", "WEBP", {"exif": exif}),
        "lossless": ("RGB", "WEBP", {"lossless": True}),
    }
    files = {}
    for name, (mode, kind, options) in kinds.items():
        file = io.BytesIO()
        image = Image.fromarray(pixels)
        image = image.convert("RGB").convert(mode) if mode in ("P", "CMYK") else image.convert(mode)
        image.save(file, kind, **options)
        files[name] = file.getvalue()
    return files


FILES = whole_files()
SIGNATURES = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"BM", b"RIFF\0\0\0\0WEBPVP8X"]


def is_picture_or_error(data: bytes) -> bool:
    try:
        picture = decode(data, COMPARE_FACES)
    except VisageError as error:
        return error.reason in (Reason.IMAGE_UNREADABLE, Reason.IMAGE_TOO_LARGE)
    height, width, channels = picture.pixels.shape
    sound = picture.pixels.dtype == np.uint8 and channels == 3
    return sound and 1 <= width <= picture.width and 1 <= height <= picture.height


def test_every_whole_file_is_a_picture():
    sizes = {name: decode(data, COMPARE_FACES).pixels.shape for name, data in FILES.items()}
    assert set(sizes.values()) == {(24, 40, 3), (40, 24, 3)}


@given(st.sampled_from(SIGNATURES), st.binary(max_size=400))
@example(b"", b"")
def test_random_bytes(signature, data):
    assert is_picture_or_error(signature + data)


@hypothesis_settings(max_examples=examples(150))
@given(
    st.sampled_from(sorted(FILES)),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=8),
)
def test_flipped_bits(name, flips):
    data = bytearray(FILES[name])
    for position, bits in flips:
        data[position % len(data)] ^= bits
    assert is_picture_or_error(bytes(data))


@hypothesis_settings(max_examples=examples(150))
@given(st.sampled_from(sorted(FILES)), st.integers(0, 60), st.integers(1, 255))
def test_flipped_bits_of_the_header(name, position, bits):
    data = bytearray(FILES[name])
    data[position] ^= bits
    assert is_picture_or_error(bytes(data))


@hypothesis_settings(max_examples=examples(100))
@given(st.sampled_from(sorted(FILES)), st.floats(0, 1), st.binary(max_size=20))
def test_cut_off_and_continued_otherwise(name, part, rest):
    data = FILES[name]
    assert is_picture_or_error(data[: int(len(data) * part)] + rest)


@hypothesis_settings(max_examples=examples(100))
@given(st.sampled_from(sorted(FILES)), st.floats(0, 1), st.floats(0, 1), st.binary(max_size=40))
def test_a_piece_replaced(name, start, end, piece):
    data = FILES[name]
    first, last = sorted((int(len(data) * start), int(len(data) * end)))
    assert is_picture_or_error(data[:first] + piece + data[last:])
