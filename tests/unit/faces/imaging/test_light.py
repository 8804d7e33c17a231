"""Light for dark faces."""

import numpy as np

from visage.faces.imaging.light import LIGHT, lit
from visage.faces.types import Box


def test_a_dark_face_is_brightened_whatever_is_around_it_and_others_are_left():
    image = np.full((300, 400, 3), 200, np.uint8)
    image[100:200, 150:250] = 30
    shown = lit(image, Box(150, 100, 100, 100))
    assert (shown[100:200, 150:250] == LIGHT).all() and (shown[:100] == 255).all()
    assert lit(image, Box(0, 0, 90, 90)) is image
    assert lit(image, Box(900, 900, 90, 90)) is image
