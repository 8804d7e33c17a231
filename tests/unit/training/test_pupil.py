"""The pictures that the recapture network's pupil learns from."""

import numpy as np
import pytest

from training.liveness.photos import LIVE, MOTLEY, Photo
from training.liveness.pupil.variations import Picture, cut, vary
from training.liveness.pupil.weights import Answers, weigh
from visage.faces.types import Box


def picture() -> Picture:
    """A grey scene with a bright face, off its middle."""
    pixels = np.full((500, 700, 3), 60, np.uint8)
    pixels[120:280, 200:330] = 230
    return Picture(pixels, Box(200, 120, 130, 160))


@pytest.mark.parametrize("seed", range(12))
def test_the_box_stays_on_the_face_whatever_is_done_to_the_picture(seed):
    random = np.random.default_rng(seed)
    shown = vary(cut(picture(), random), random)
    box, grey = shown.box, shown.pixels.mean(axis=-1)
    rows, columns = np.mgrid[: grey.shape[0], : grey.shape[1]] + 0.5
    x, y = box.centre
    inside = (abs(columns - x) < 0.35 * box.width) & (abs(rows - y) < 0.35 * box.height)
    beyond = (abs(columns - x) > 0.65 * box.width) | (abs(rows - y) > 0.65 * box.height)
    assert inside.any()
    assert not beyond.any() or np.median(grey[inside]) > np.median(grey[beyond]) + 20


def test_no_picture_is_larger_than_the_crops_need():
    random = np.random.default_rng(0)
    large = Picture(np.zeros((3000, 4000, 3), np.uint8), Box(1000, 800, 900, 1100))
    for _ in range(20):
        shown = cut(large, random)
        assert max(shown.pixels.shape[:2]) < 6 * shown.box.side
        assert shown.box.side < 1500
    sides = [cut(large, random).box.side for _ in range(40)]
    assert np.median(sides) < 260


def answers(random: np.random.Generator, count: int, judged: bool, attack: float) -> Answers:
    first, pupil = random.normal(attack, 1, count), random.normal(attack, 3, count)
    return Answers(first, pupil, np.full(count, judged))


def both(one: Answers, other: Answers) -> Answers:
    return Answers(*(np.concatenate([getattr(each, name) for each in (one, other)]) for name in Answers.__slots__))


def photos(source: str, count: int) -> list[Photo]:
    return [Photo(f"{source}/{number}.jpg", LIVE, source, str(number)) for number in range(count)]


def test_at_most_5_and_1_percent_of_the_live_photos_that_are_judged_exceed_the_limits():
    judged, tight = (answers(np.random.default_rng(seed), 400, seed == 0, 3.0 * seed) for seed in (0, 1))
    shown = photos("lfw_dev", 400)
    weights = weigh(both(judged, tight), shown + photos(MOTLEY, 400))
    rates = weights.rates(judged)
    assert (rates > 0.5 + 1e-6).mean() == 0.05
    assert (rates > 0.9 + 1e-6).mean() == 0.01
    assert (weights.rates(tight) > 0.5).mean() > 0.3
    assert weights == weigh(judged, shown)
