"""How pixels move from one picture to another."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from visage.faces.imaging.flow import flow, sample


def texture(height: int, width: int) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (height, width)).astype(np.uint8)
    return np.float32(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(3))) * 4


@pytest.mark.parametrize("shift", [(0, 0), (3, 0), (-9, 5), (14, -11)])
def test_a_shifted_picture_moves_by_its_shift(shift):
    whole = texture(200, 240)
    across, down = shift
    first = whole[30:130, 40:180]
    second = whole[30 - down : 130 - down, 40 - across : 180 - across]
    inside = flow(first, second)[:, 25:-25, 25:-25]
    assert np.abs(np.median(inside, axis=(1, 2)) - shift).max() < 0.3


def test_parts_may_move_differently():
    whole = texture(200, 240)
    first = whole[50:150, 40:180]
    second = np.hstack([whole[50:150, 37:107], whole[50:150, 113:183]])
    across = flow(first, second)[0, 20:-20]
    assert across[:, 20:50].mean() == pytest.approx(3, abs=0.5)
    assert across[:, 90:120].mean() == pytest.approx(-3, abs=0.5)


def test_a_picture_is_read_between_its_pixels_and_at_its_edges_beyond():
    picture = np.float32([[0, 10], [20, 30]])
    x, y = np.float32([[0.5, -3, 9]]), np.float32([[0.5, 0, 1]])
    assert sample(picture, x, y)[0] == pytest.approx([15, 0, 30], abs=0.1)
