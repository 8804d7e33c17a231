"""Which frames are a continuous sequence, by the position of the face."""

import numpy as np
import pytest

from visage.liveness.continuity import _leap, _shuffled

WALK = np.column_stack(
    [
        320 + 40 * np.sin(np.arange(30) / 4),
        240 + 10 * np.cos(np.arange(30) / 5),
        np.full(30, 150.0),
        30 * np.sin(np.arange(30) / 3),
        np.zeros(30),
        np.zeros(30),
    ]
)
"""x, y, size, yaw, pitch, roll of a moving face."""


def test_a_moving_face_is_neither_jumping_nor_shuffled():
    assert not _leap(WALK) and not _shuffled(WALK)


@pytest.mark.parametrize(
    ("column", "change"), [(0, 130), (1, -130), (2, 80), (3, 100), (5, 40)], ids=["x", "y", "size", "yaw", "roll"]
)
def test_a_jump_is_detected_in_each_coordinate(column, change):
    places = WALK.copy()
    places[15:, column] += change
    assert _leap(places)


def test_a_roll_beyond_half_a_turn_is_the_short_way():
    places = WALK.copy()
    places[:, 5] = np.where(np.arange(30) % 2, 179, -179)
    assert not _leap(places)


def test_a_shuffled_walk_is_detected():
    order = np.random.default_rng(0).permutation(30)
    assert _shuffled(WALK[order])


def test_the_order_of_a_trembling_face_is_not_judged():
    still = np.tile(WALK[0], (30, 1)) + np.random.default_rng(0).normal(0, 1, (30, 6))
    assert not _shuffled(still)
