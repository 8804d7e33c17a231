"""The quality score: how likely a face is to be recognised again."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.support.faces import load, resize
from visage.faces.appearance.quality import measures, quality
from visage.faces.detection.detect import detect_largest
from visage.faces.types import Box, Face

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture
def portrait(portraits):
    image = load(portraits / "biden.jpg")
    height, width = image.shape[:2]
    image = resize(image, 500, 500 * height // width)
    return image, detect_largest(image)


def test_quality_runs_from_0_to_100(portrait):
    image, face = portrait
    assert 50 < quality(image, face) <= 100
    dark = np.zeros_like(image)
    assert quality(dark, replace(face, score=0.3)) == 0


def test_a_blurred_face_and_a_small_one_are_worth_less(portrait):
    image, face = portrait
    blurred = np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(0.03 * face.box.width)))
    assert quality(blurred, face) < quality(image, face) - 10
    height, width = image.shape[:2]
    small = resize(image, width // 5, height // 5)
    fifth = Box(*(side / 5 for side in (face.box.left, face.box.top, face.box.width, face.box.height)))
    assert quality(small, Face(fifth, face.score, face.points / 5)) < quality(image, face) - 10


def test_a_blur_that_is_known_is_not_measured_again(portrait):
    image, face = portrait
    assert quality(image, face, 0.0) > quality(image, face, 10.0)


def test_points_that_are_one_are_measured_all_the_same():
    face = Face(Box(-5, -5, 20, 20), 0.5, np.zeros((5, 2), np.float32))
    assert np.isfinite(measures(np.zeros((4, 4, 3), np.uint8), face, 20.0)).all()
