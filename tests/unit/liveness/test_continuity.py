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



def shuffles(places: np.ndarray, count: int) -> list[np.ndarray]:
    generator = np.random.default_rng(0)
    return [places[generator.permutation(len(places))] for _ in range(count)]


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


def shaken(places: np.ndarray) -> np.ndarray:
    """What a camera in a trembling hand films: the face is elsewhere in every frame."""
    places = places.copy()
    places[:, :2] += np.random.default_rng(0).normal(0, 40, (len(places), 2))
    return places


@pytest.mark.parametrize(("places", "least"), [(WALK, 95), (WALK[:12], 90), (shaken(WALK), 95)])
def test_shuffled_frames_are_seen(places, least):
    assert sum(_shuffled(order) is not None for order in shuffles(places, 100)) >= least


def test_a_hand_that_shakes_the_camera_does_not_shuffle_frames():
    assert not _shuffled(shaken(WALK))


def test_half_of_the_frames_out_of_place_are_seen():
    generator, caught = np.random.default_rng(0), 0
    for _ in range(100):
        order = np.arange(30)
        astray = np.sort(generator.choice(30, 15, replace=False))
        order[astray] = generator.permutation(astray)
        caught += _shuffled(WALK[order]) is not None
    assert caught >= 50


def test_a_finding_says_how_many_exchanges_shorten_the_way():
    found = _shuffled(shuffles(WALK, 1)[0])
    assert 0.25 == found.limit < found.measured <= 1


def test_the_order_of_a_trembling_face_is_not_judged():
    still = np.tile(WALK[0], (30, 1)) + np.random.default_rng(0).normal(0, 1, (30, 6))
    assert not _shuffled(still)
