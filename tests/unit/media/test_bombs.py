"""Image files that would take too much memory or time, by their size or by malice."""

import json
import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import ROOT
from tests.support.images import encoded, quarters, reason_of
from torture.attacks.bombs import (
    BOMBS,
    bmp,
    disposed,
    flat_jpeg,
    gif,
    many_frames,
    many_tables,
    png,
    scanned_again,
    with_canvas,
)
from torture.parts.images import damaged, whole_images
from visage.errors import Reason, VisageError
from visage.media.decode import decode
from visage.media.formats import bmp as bmp_format
from visage.media.formats.essence import essence
from visage.media.limits import COMPARE_FACES, GREEN, Limits

PROMISED_SECONDS, PROMISED_MEGABYTES = 3, 512


def test_a_file_beyond_the_limit_is_refused_unseen():
    data = encoded(quarters(), "PNG")
    assert decode(data, Limits(bytes=len(data))).width == 48
    assert reason_of(data, Limits(bytes=len(data) - 1)) is Reason.IMAGE_TOO_LARGE


def with_size(data: bytes, width: int, height: int) -> bytes:
    """A JPEG that claims another size."""
    frame = max(data.find(b"\xff\xc0"), data.find(b"\xff\xc2"))
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


TOO_LARGE = {
    "side": png(30_001, 1, 1, 0),
    "PNG of 120 megapixels": png(12_000, 10_000, 8, 2),
    "PNG of 899 megapixels": png(29_990, 29_990, 8, 0),
    "PNG of 99 megapixels of 16 bits": png(9_950, 9_950, 16, 6),
    "PNG of 60 transparent megapixels": png(7_750, 7_750, 8, 6),
    "PNG of 250 interlaced megapixels": png(25_000, 10_000, 8, 0, interlace=1),
    "JPEG of 900 megapixels": with_size(flat_jpeg(8, 8), 30_000, 30_000),
    "progressive JPEG of 250 megapixels": with_size(
        encoded(quarters(), "JPEG", progressive=True), 20_000, 12_500
    ),
    "scans without end": scanned_again(flat_jpeg(2000, 2000, progressive=True), 1000),
    "scans of a hundred megapixels": scanned_again(with_size(flat_jpeg(8, 8, progressive=True), 10_000, 10_000), 30),
    "GIF of 5 megapixels": gif((2500, 2000), (2500, 2000)),
    "GIF with a frame beyond its screen": gif((1, 1), (60_000, 60_000)),
    "GIF with a frame that ends beyond its screen": gif((10, 10), (65_535, 65_535), before=disposed(2)),
    "GIF that keeps what was there": gif((10, 10), (65_535, 65_535), before=disposed(3)),
    "BMP of 900 megapixels": bmp(30_000, 30_000, 24, b""),
    "BMP of 200 megapixels in runs": bmp(20_000, 10_000, 8, b"\0\1", 1),
    "WEBP of 26 megapixels": with_canvas(many_frames(1_000), 5_200, 5_000),
    "WEBP of 196 megapixels": with_canvas(many_frames(1_000), 14_000, 14_000),
    "WEBP of 268 megapixels": with_canvas(many_frames(1_000), 16_384, 16_384),
    "WEBP of 15 megapixels without loss": many_tables(5_000, 3_000),
}  # fmt: skip


@pytest.mark.parametrize("data", TOO_LARGE.values(), ids=TOO_LARGE)
def test_an_image_that_needs_too_much_memory_or_time_is_refused_by_its_header(data, monkeypatch):
    monkeypatch.setattr(Image, "open", None)  # opening it would now fail as unreadable
    assert reason_of(data) is Reason.IMAGE_TOO_LARGE


LARGE_ENOUGH = {
    "PNG of 64 megapixels": (png(9_000, 7_111, 8, 2), GREEN),
    "transparent PNG of 40 megapixels": (png(8_000, 5_000, 8, 6), GREEN),
    "PNG of 24 megapixels of 16 bits": (png(6_000, 4_000, 16, 6), GREEN),
    "interlaced PNG of 24 megapixels of 16 bits": (png(6_000, 4_000, 16, 6, interlace=1), GREEN),
    "PNG of 160 grey megapixels": (png(16_000, 10_000, 8, 0), GREEN),
    "PNG of 250 megapixels of black and white": (png(25_000, 10_000, 1, 0), GREEN),
    "PNG of 36 megapixels to compare": (png(7_200, 5_000, 8, 2), COMPARE_FACES),
    "JPEG of 250 megapixels": (with_size(flat_jpeg(8, 8), 25_000, 10_000), GREEN),
    "progressive JPEG of 50 megapixels": (
        with_size(flat_jpeg(8, 8, "RGB", progressive=True), 8_160, 6_144), GREEN
    ),
}  # fmt: skip


@pytest.mark.parametrize(("data", "limits"), LARGE_ENOUGH.values(), ids=LARGE_ENOUGH)
def test_images_of_cameras_and_programs_are_not_too_large(data, limits, monkeypatch):
    monkeypatch.setattr(Image, "open", None)
    assert reason_of(data, limits) is Reason.IMAGE_UNREADABLE  # for it was to be opened


def test_run_lengths_are_followed_for_a_bounded_number_of_steps(monkeypatch):
    monkeypatch.setattr(bmp_format, "_COMMANDS", 100)
    assert decode(bmp(4, 20, 8, b"\4\1\0\0" * 20 + b"\0\1", 1), GREEN).height == 20
    assert reason_of(bmp(4, 20, 8, b"\0\2\0\0" * 101 + b"\0\1", 1)) is Reason.IMAGE_TOO_LARGE


SURROUNDINGS = ("PNG, frames", "PNG, profile", "PNG, texts", "PNG, endless directory", "JPEG, endless directory")


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_only_the_picture_reaches_a_decoder(name):
    assert len(essence(BOMBS[name]()).data) < 1_000


def test_damaged_images_are_pictures_or_refused():
    chance, whole = random.Random(8), whole_images()
    for number in range(400):
        name = chance.choice(sorted(whole))
        data = damaged(whole[name], list(whole.values()), chance)
        try:
            assert decode(data, GREEN).pixels.ndim == 3
        except VisageError as error:
            assert error.reason in (Reason.IMAGE_UNREADABLE, Reason.IMAGE_TOO_LARGE), (number, name)


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="a process's peak memory is read from Linux")
def test_a_bomb_takes_no_more_than_its_share_of_time_and_memory(tmp_path):
    paths = [tmp_path / str(number) for number in range(len(BOMBS))]
    for path, bomb in zip(paths, BOMBS.values(), strict=True):
        path.write_bytes(bomb())
    child = subprocess.run(
        [sys.executable, "-W", "always", "-m", "torture.targets.child", "green"],
        input="".join(f"{path}\n" for path in paths),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (child.returncode, child.stderr) == (0, "")
    answers = dict(zip(BOMBS, map(json.loads, child.stdout.splitlines()), strict=True))
    ends = {"decoded", Reason.IMAGE_TOO_LARGE.name, Reason.IMAGE_UNREADABLE.name}
    assert {name: answer for name, answer in answers.items() if answer["outcome"] not in ends} == {}
    assert {name: answer for name, answer in answers.items() if answer["seconds"] > PROMISED_SECONDS} == {}
    assert {name: answer for name, answer in answers.items() if answer["megabytes"] > PROMISED_MEGABYTES} == {}
