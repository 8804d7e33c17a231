"""The recapture networks' inputs, and their scores of portraits from registry packages."""

import numpy as np
import pytest

from tests.support.faces import load, resize
from training.liveness.simulated.recapture import PRINT, SCREEN, Shot, rephotograph
from training.liveness.simulated.recapture import recapture as simulate
from visage.faces.appearance import recapture as module
from visage.faces.appearance.recapture import (
    OUTSIDE,
    READ_OFF_SIDE,
    SMALL,
    TIGHT,
    VIEWS,
    read_off,
    recapture,
    recapture_chip,
    unjudgeable,
)
from visage.faces.detection.detect import detect_largest
from visage.faces.types import Box, Face

NEAR, WIDE = VIEWS
POINTS = np.float32([[40, 45], [60, 45], [50, 57], [43, 68], [57, 68]])


def upright(side: float, left: float, top: float) -> Face:
    """An upright face with a box of this size."""
    return Face(Box(left, top, side, side), 1.0, POINTS * side / 100 + np.float32([left, top]))


def test_the_box_lies_in_the_middle_at_its_share():
    image = np.zeros((400, 600, 3), np.uint8)
    image[150:250, 250:350] = 255
    for view in VIEWS:
        shown = recapture_chip(image, upright(100, 250, 150), view)[..., 0] > 127
        rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
        for place in (rows, columns):
            assert place.size == pytest.approx(view.side / view.share, abs=2)
            assert place.mean() == pytest.approx((view.side - 1) / 2, abs=2)


def test_an_image_is_never_squeezed_and_what_it_does_not_show_is_filled():
    image = np.full((100, 100, 3), 255, np.uint8)
    chip = recapture_chip(image, upright(100, 0, 0), WIDE)
    outside = (chip == np.uint8(OUTSIDE)).all(axis=-1)
    inside = (chip == 255).all(axis=-1)
    assert (outside | inside).mean() > 0.97
    assert inside.sum() == pytest.approx((WIDE.side / WIDE.share) ** 2, rel=0.1)


def test_a_face_beyond_the_image_is_all_outside():
    chip = recapture_chip(np.zeros((50, 50, 3), np.uint8), upright(40, 500, 500), NEAR)
    assert (chip == np.uint8(OUTSIDE)).all()


def test_a_crop_that_is_read_off_has_the_box_in_its_middle():
    image = np.zeros((400, 600, 3), np.uint8)
    image[150:250, 250:350] = 255
    shown = read_off(image, Box(250, 150, 100, 100), 2.0)[..., 0] > 127
    for place in (np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))):
        assert place.size == pytest.approx(READ_OFF_SIDE / 2, abs=1)
        assert place.mean() == pytest.approx((READ_OFF_SIDE - 1) / 2, abs=1)


def test_it_averages_nothing_so_that_what_is_finer_than_its_pixels_stays():
    stripes = np.zeros((400, 400, 3), np.uint8)
    stripes[:, ::2] = 255
    assert read_off(stripes, Box(100, 100, 200, 200), 1.9).std() > 50
    assert recapture_chip(stripes, upright(200, 100, 100), NEAR)[..., 0].std() < 50


BOXES = [Box(0, 0, 90, 90), Box(330, 260, 80, 60), Box(-40, -30, 120, 150), Box(-50, 0, 900, 700)]


@pytest.mark.parametrize("box", BOXES)
def test_it_stays_inside_the_image_however_the_box_lies(box):
    image = np.full((300, 400, 3), 200, np.uint8)
    for share in (2.7, 4.0):
        crop = read_off(image, box, share)
        assert crop.shape == (READ_OFF_SIDE, READ_OFF_SIDE, 3)
        assert (crop == 200).all()


@pytest.mark.parametrize(
    ("shape", "box", "reason"),
    [
        ((480, 640, 3), Box(250, 150, 120, 150), None),
        ((480, 640, 3), Box(250, 150, 30, 39), SMALL),
        ((224, 224, 3), Box(12, 5, 160, 200), TIGHT),
        ((260, 260, 3), Box(30, 20, 160, 200), None),
        ((4000, 210, 3), Box(5, 2000, 180, 200), None),
        ((400, 400, 3), Box(900, 900, 100, 100), TIGHT),
    ],
)
def test_small_faces_and_pictures_of_nothing_but_the_face_cannot_be_judged(shape, box, reason):
    assert unjudgeable(shape, box) == reason


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_a_portrait_in_dim_light_stays_about_as_live(models, portraits, name):
    image = load(portraits / name)
    scale = 500 / max(image.shape[:2])
    image = resize(image, round(image.shape[1] * scale), round(image.shape[0] * scale))
    face = detect_largest(image)
    noise = np.random.default_rng(0).normal(0, 2, image.shape)
    dim = (0.3 * image + noise).clip(0, 255).astype(np.uint8)
    assert recapture(dim, face) < recapture(image, face) + 0.25


def test_a_rate_is_a_share_and_the_same_each_time(models, portraits):
    image = load(portraits / "obama.jpg")
    face = detect_largest(image)
    rate = recapture(image, face)
    assert 0 <= rate <= 1
    assert recapture(image, face) == rate


def test_the_second_network_has_a_say_and_so_has_the_first(models, portraits, monkeypatch):
    image = load(portraits / "obama.jpg")
    face = detect_largest(image)
    rates = []
    for first in (0.1, 0.9):
        monkeypatch.setattr(module, "recapture_alone", lambda _image, _face, first=first: first)
        rates.append(recapture(image, face))
    assert rates[0] < rates[1]
    monkeypatch.setattr(module, "read_off", lambda *_: np.zeros((READ_OFF_SIDE, READ_OFF_SIDE, 3), np.uint8))
    assert recapture(image, face) != rates[1]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg", "biden.jpg"])
def test_a_portrait_shown_on_a_screen_or_on_paper_looks_less_live_than_itself(models, portraits, name):
    image = load(portraits / name)
    scale = 500 / max(image.shape[:2])
    image = resize(image, round(image.shape[1] * scale), round(image.shape[0] * scale))
    face = detect_largest(image)
    backdrop = np.broadcast_to(np.linspace(30, 200, 300).astype(np.uint8)[:, None, None], (300, 400, 3)).copy()
    live = recapture(image, face)
    for medium in (SCREEN, PRINT):
        shots = [simulate(Shot(image, face), medium, backdrop, np.random.default_rng(seed)) for seed in range(8)]
        assert np.median([recapture(shot.pixels, shot.face) for shot in shots]) > live


@pytest.mark.slow
def test_a_simulated_picture_shows_the_face_where_it_says(models, portraits):
    image = load(portraits / "obama.jpg")
    scale = 500 / max(image.shape[:2])
    image = resize(image, round(image.shape[1] * scale), round(image.shape[0] * scale))
    face = detect_largest(image)
    backdrop = np.full((300, 400, 3), 90, np.uint8)
    found = 0
    for seed in range(6):
        shots = [simulate(Shot(image, face), kind, backdrop, np.random.default_rng(seed)) for kind in (SCREEN, PRINT)]
        for shot in (*shots, rephotograph(Shot(image, face), np.random.default_rng(seed))):
            seen = detect_largest(shot.pixels)
            if seen is not None:
                found += 1
                assert np.abs(seen.points - shot.face.points).mean() < 0.12 * shot.face.box.side
    assert found >= 15
