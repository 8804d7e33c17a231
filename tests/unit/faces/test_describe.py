"""All faces of an image with their attributes, or none."""

from math import inf

import numpy as np
import pytest

from tests.support.faces import load, resize
from visage.errors import Reason, VisageError
from visage.faces.appearance.attributes import attributes
from visage.faces.appearance.blur import blur
from visage.faces.describe import MOST, describe
from visage.faces.detection.detect import detect
from visage.faces.landmarks.mesh import mesh
from visage.faces.landmarks.pose import pose

pytestmark = pytest.mark.usefixtures("models")

LONG_AGO = -inf


def test_each_face_is_described_the_largest_first(portraits):
    image = load(portraits / "sample6.jpg")
    described, faces = describe(image, until=inf), detect(image)
    assert [each.face.box for each in described] == [face.box for face in faces]
    for each, face in zip(described, faces, strict=True):
        assert (each.attributes, each.blur) == (attributes(image, face), blur(image, face))
        assert each.pose == pose(mesh(image, face))


@pytest.mark.parametrize("most", [1, 2])
def test_of_many_faces_the_largest_are_described(portraits, most):
    image = load(portraits / "sample6.jpg")
    assert [each.face.box for each in describe(image, inf, most)] == [face.box for face in detect(image)[:most]]


@pytest.mark.slow
def test_no_more_than_a_hundred_are_described(portraits):
    face = resize(load(portraits / "obama.jpg")[:500, 250:750], 100, 100)
    assert len(describe(np.tile(face, (9, 12, 1)), until=inf)) == MOST


def test_a_picture_of_nothing_has_no_faces():
    assert describe(np.full((300, 400, 3), 90, np.uint8), until=inf) == ()


def test_what_cannot_be_done_in_time_is_not_done_by_half(portraits):
    image = load(portraits / "sample6.jpg")
    for search in (describe, lambda image, until: detect(image, until=until)):
        with pytest.raises(VisageError) as raised:
            search(image, LONG_AGO)
        assert raised.value.reason is Reason.OUT_OF_TIME
