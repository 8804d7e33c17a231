"""The nose of a head that turns stands out; that of a photo does not, however it is bent."""

import numpy as np
import pytest

from demo.acting import Actor, Face
from demo.held_photos import bent, tilted
from tests.support.faces import load
from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.mesh import mesh, settle
from visage.faces.landmarks.parallax import parallax
from visage.faces.landmarks.turn import Turn

YAW, PITCH = 18, 14


@pytest.fixture
def actor(models, portraits):
    return Actor(load(portraits / "obama.jpg"))


def measured(actor, picture: np.ndarray, sideways: bool) -> float:
    """The parallax of a picture, seen as turned by so much as a head would be."""
    turned = settle(picture, mesh(picture, detect_largest(picture)))
    turn = Turn(YAW, 0, 0.5, 1) if sideways else Turn(0, PITCH, 0.5, 1)
    return parallax(actor.still, actor.mesh, picture, turned, turn, sideways)


@pytest.mark.parametrize("sideways", [True, False], ids=["shake", "nod"])
def test_the_nose_of_a_head_moves_against_what_is_beside_it(actor, sideways):
    face = Face(yaw=YAW) if sideways else Face(pitch=PITCH)
    assert measured(actor, actor.posed(face), sideways) == pytest.approx(1, abs=0.4)


@pytest.mark.parametrize("arc", [0, 80, 125, 190])
def test_that_of_a_photo_that_is_turned_does_not(actor, arc):
    picture = bent(actor.still, arc, YAW) if arc else tilted(actor.still, YAW, 0)
    assert abs(measured(actor, picture, sideways=True)) < 0.15


@pytest.mark.parametrize("arc", [0, 80, 125])
def test_nor_does_that_of_a_photo_that_nods(actor, arc):
    picture = bent(actor.still, arc, PITCH, upright=False) if arc else tilted(actor.still, 0, PITCH)
    assert abs(measured(actor, picture, sideways=False)) < 0.3
