"""How a face becomes an embedding."""

import numpy as np
import pytest

from visage.faces.recognition.embed import SIZE, embed, unit, version
from visage.faces.types import Box, Face


@pytest.fixture
def face() -> Face:
    points = np.float32([[60, 80], [100, 80], [80, 105], [64, 125], [96, 125]])
    return Face(Box(40, 50, 80, 100), 1.0, points)


def picture(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (200, 160, 3), dtype=np.uint8)


def test_an_embedding_has_128_numbers_and_length_one(models, face):
    found = embed(picture(0), face)
    assert found.shape == (SIZE,) == (128,)
    assert found.dtype == np.float32
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-6)


def test_only_what_the_chip_shows_counts(models, face):
    image = picture(1)
    elsewhere = image.copy()
    elsewhere[180:] = 0
    assert np.array_equal(embed(image, face), embed(elsewhere, face))
    assert not np.array_equal(embed(image, face), embed(picture(2), face))


def test_red_and_blue_are_told_apart(models, face):
    image = picture(3)
    assert embed(image, face) @ embed(image[..., ::-1], face) < 0.999


def test_nothing_stays_nothing():
    assert unit(np.zeros((2, 3))).tolist() == [[0] * 3] * 2


def test_the_version_is_16_hexadecimal_digits(models):
    assert len(version()) == 16
    int(version(), 16)
