"""Moved photos and turning heads, distinguished by their pixels."""

import numpy as np
import pytest
from PIL import Image

from demo.acting import Actor, Face
from tests.support.faces import load
from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.eyes import openness
from visage.faces.landmarks.mesh import mesh, settle
from visage.faces.landmarks.sheet import sheet_likeness

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture(params=["obama.jpg", "biden.jpg"])
def actor(portraits, request):
    return Actor(load(portraits / request.param))


def laid(picture):
    return settle(picture, mesh(picture, detect_largest(picture)))


def likeness(actor, picture):
    return sheet_likeness(actor.still, actor.mesh, picture, laid(picture))


def test_a_picture_is_a_copy_of_itself_moved_brightened_and_noisy(actor):
    copy = actor.filmed(np.clip(actor.still * 0.8 + 20, 0, 255).astype(np.uint8), (9, -6))
    assert likeness(actor, copy) > 0.99


def test_a_photo_held_askew_is_a_sheet(actor):
    width, height = actor.still.shape[1::-1]
    for squeeze in (0.8, 0.65):
        askew = Image.fromarray(actor.still).transform(
            (width, height),
            Image.Transform.PERSPECTIVE,
            (1 / squeeze, 0, width / 2 * (1 - 1 / squeeze), 0, 1, 0, 0.0003, 0),
            Image.Resampling.BICUBIC,
        )
        assert likeness(actor, np.asarray(askew)) > 0.98


def test_a_turned_head_is_none(actor):
    for face in (Face(yaw=26), Face(yaw=-26)):
        assert likeness(actor, actor.posed(face)) < 0.97


def test_eyes_are_open_until_they_shut(actor):
    shut = actor.posed(Face(lids=1))
    before, after = openness(actor.still, actor.mesh), openness(shut, laid(shut))
    assert min(before) > 0.15 and max(np.divide(after, before)) < 0.62


def test_mirrored_eyes_change_places(portraits):
    image = load(portraits / "obama.jpg")
    here, there = openness(image, laid(image)), openness(*((m := image[:, ::-1].copy()), laid(m)))
    assert there[::-1] == pytest.approx(here, abs=0.06)
