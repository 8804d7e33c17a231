"""The blur of faces in portraits from registry packages."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.faces import load, resize
from visage.faces.appearance.blur import LIMIT, MOST, blur
from visage.faces.detection.detect import detect_largest
from visage.faces.types import Box, Face

pytestmark = pytest.mark.usefixtures("models")

PORTRAITS = ["obama.jpg", "biden.jpg", "sample2.jpg"]
WIDTHS = [24, 32, 48, 80, 120, 180]
"""Of a face, in pixels."""


@pytest.fixture(params=PORTRAITS)
def portrait(request: pytest.FixtureRequest, portraits: Path) -> tuple[np.ndarray, Face]:
    """A face 180 px wide with its surroundings: the crop, and the face in it."""
    return cut_out(portraits / request.param)


@cache
def cut_out(path: Path) -> tuple[np.ndarray, Face]:
    image = load(path)
    face = detect_largest(image)
    box, margin = face.box, face.box.side / 2
    left, top = (max(round(start - margin), 0) for start in (box.left, box.top))
    part = image[top : round(box.top + box.height + margin), left : round(box.left + box.width + margin)]
    moved_box = Box(box.left - left, box.top - top, box.width, box.height)
    return scaled(part, Face(moved_box, face.score, face.points - np.float32([left, top])), 180)


def scaled(image: np.ndarray, face: Face, width: int) -> tuple[np.ndarray, Face]:
    """The photo reduced until the face has this width."""
    scale = width / face.box.width
    height, across = (round(side * scale) for side in image.shape[:2])
    box = Box(*(side * scale for side in (face.box.left, face.box.top, face.box.width, face.box.height)))
    return resize(image, across, height), Face(box, face.score, face.points * np.float32(scale))


def gaussian(image: np.ndarray, deviation: float) -> np.ndarray:
    reach = int(np.ceil(4 * deviation))
    steps = np.arange(-reach, reach + 1)
    taps = np.exp(-0.5 * (steps / deviation) ** 2)
    blurred = image.astype(np.float32)
    for axis in (0, 1):
        places = np.arange(image.shape[axis])
        weights = np.zeros((len(places), len(places)), np.float32)
        for step, tap in zip(steps, taps / taps.sum(), strict=True):
            weights[places, (places + step).clip(0, len(places) - 1)] += tap
        blurred = np.moveaxis(np.tensordot(weights, blurred, (1, axis)), 0, axis)
    return blurred.round().astype(np.uint8)


def moved(image: np.ndarray, length: float, angle: float) -> np.ndarray:
    """The mean of the image along a line of this length in pixels, at this angle in degrees."""
    height, width = image.shape[:2]
    reach = int(length) + 2
    wide = Image.fromarray(np.pad(image, ((reach, reach), (reach, reach), (0, 0)), mode="edge"))
    across, down = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    steps = np.linspace(-length / 2, length / 2, int(length) + 2)
    ways = [(1, 0, reach + step * across, 0, 1, reach + step * down) for step in steps]
    size, affine = (width, height), Image.Transform.AFFINE
    total = np.zeros(image.shape, np.float32)
    for way in ways:
        total += np.asarray(wide.transform(size, affine, way, Image.Resampling.BILINEAR))
    return (total / len(ways)).round().astype(np.uint8)


def enlarged(image: np.ndarray, share: float) -> np.ndarray:
    """The image reduced to a share of its size and enlarged again."""
    height, width = image.shape[:2]
    small = resize(image, round(width * share), round(height * share))
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC))


def rises(scores: list[float]) -> bool:
    return all(later >= earlier - 0.05 for earlier, later in zip(scores, scores[1:], strict=False))


def test_a_sharp_portrait_is_sharp_and_a_blurred_one_blurred_whatever_its_size(portrait):
    for width in WIDTHS:
        image, face = scaled(*portrait, width)
        assert blur(image, face) < LIMIT < blur(gaussian(image, 0.03 * width), face), width


def test_the_same_blur_scores_the_same_whatever_the_size(portrait):
    scores = []
    for width in WIDTHS[1:]:
        image, face = scaled(*portrait, width)
        scores.append(blur(gaussian(image, 0.04 * width), face))
    assert max(scores) - min(scores) < 1


@pytest.mark.slow
def test_blur_rises_with_a_gaussian(portrait):
    image, face = portrait
    deviations = [0.005, 0.01, 0.02, 0.03, 0.05, 0.08, 0.12]
    assert rises([blur(image, face), *(blur(gaussian(image, 180 * share), face) for share in deviations)])


@pytest.mark.parametrize("angle", [0, 30, 45, 90])
def test_blur_rises_with_a_motion(portrait, angle):
    image, face = portrait
    scores = [blur(image, face), *(blur(moved(image, 180 * share, angle), face) for share in (0.04, 0.08, 0.12, 0.2))]
    assert rises(scores)
    assert scores[-1] > LIMIT


def test_blur_rises_with_enlargement(portrait):
    image, face = portrait
    scores = [blur(image, face), *(blur(enlarged(image, width / 180), face) for width in (90, 48, 32, 24, 16, 12, 8))]
    assert rises(scores)
    assert scores[-3] > LIMIT


def test_noise_makes_no_blurred_face_sharp(portrait):
    image, face = portrait
    soft = gaussian(image, 0.04 * 180).astype(np.float32)
    noise = np.random.default_rng(0).normal(0, 8, soft.shape)
    assert blur((soft + noise).clip(0, 255).astype(np.uint8), face) > LIMIT


def test_only_the_face_counts(portrait):
    image, face = portrait
    box = face.box
    left, top, right, bottom = (round(x) for x in (box.left, box.top, box.left + box.width, box.top + box.height))
    around = gaussian(image, 10)
    around[max(top, 0) : bottom, max(left, 0) : right] = image[max(top, 0) : bottom, max(left, 0) : right]
    assert blur(around, face) == blur(image, face)


@pytest.mark.parametrize("shape", [(1, 1), (2, 60), (60, 2), (50, 50)])
def test_a_face_without_any_edge_is_as_blurred_as_can_be(shape):
    box = Box(-5, -5, 40, 50)
    assert blur(np.full((*shape, 3), 90, np.uint8), Face(box, 1, np.zeros((5, 2), np.float32))) == MOST
