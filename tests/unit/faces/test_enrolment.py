"""Images that are accepted for enrolment."""

import numpy as np
import pytest

from tests.support.faces import load, resize
from visage.errors import Reason, VisageError
from visage.faces import enrolment, subject
from visage.faces.appearance.attributes import QUESTIONS, compose
from visage.faces.enrolment import BLUREST, COVERED, PITCH, POOREST, SMALLEST, YAW, usable_face
from visage.faces.landmarks.pose import Pose
from visage.faces.subject import only_face
from visage.faces.types import Box, Face

IMAGE = np.zeros((400, 600, 3), np.uint8)


def face(left, top, side):
    return Face(Box(left, top, side, side), 0.9, np.zeros((5, 2), np.float32))


@pytest.fixture
def shown(monkeypatch):
    """Replace detection and quality measures by these values."""
    seen = {"faces": (face(100, 100, 120),), "blur": 2.0, "pose": Pose(0, 0, 0), "quality": 80.0, "yes": {}}
    monkeypatch.setattr(subject, "detect", lambda _image, share: seen["faces"])
    monkeypatch.setattr(enrolment, "blur", lambda _image, _face: seen["blur"])
    monkeypatch.setattr(enrolment, "quality", lambda _image, _face, _blurred: seen["quality"])
    nothing = dict.fromkeys(QUESTIONS, 0.0)
    monkeypatch.setattr(enrolment, "attributes", lambda _image, _face: compose(nothing | seen["yes"], 0.0))
    monkeypatch.setattr(enrolment, "mesh", lambda _image, _face: None)
    monkeypatch.setattr(enrolment, "pose", lambda _mesh: seen["pose"])
    return seen


def reason(function=usable_face):
    with pytest.raises(VisageError) as raised:
        function(IMAGE)
    return raised.value.reason


def test_a_clear_face_is_usable(shown):
    assert usable_face(IMAGE) is shown["faces"][0]


def test_no_face(shown):
    shown["faces"] = ()
    assert reason() is Reason.NO_FACE


def test_two_faces_of_about_the_same_size(shown):
    shown["faces"] = face(50, 50, 120), face(300, 50, 100)
    assert reason() is Reason.SEVERAL_FACES


def test_a_bystander_does_not_count(shown):
    shown["faces"] = face(50, 50, 120), face(300, 50, 80), face(500, 50, 40)
    assert only_face(IMAGE) is shown["faces"][0]


def test_a_face_that_is_half_outside_counts_by_what_is_seen_of_it(shown):
    shown["faces"] = face(50, 50, 120), face(550, 50, 115)
    assert only_face(IMAGE) is shown["faces"][0]


def test_a_small_face(shown):
    shown["faces"] = (face(50, 50, SMALLEST),)
    assert usable_face(IMAGE)
    shown["faces"] = (face(50, 50, SMALLEST - 1),)
    assert reason() is Reason.FACE_TOO_SMALL


def test_a_blurred_face(shown):
    shown["blur"] = BLUREST
    assert usable_face(IMAGE)
    shown["blur"] = BLUREST + 0.1
    assert reason() is Reason.FACE_BLURRED


@pytest.mark.parametrize(("yaw", "pitch"), [(YAW + 1, 0), (-YAW - 1, 0), (0, PITCH + 1), (0, -PITCH - 1)])
def test_a_turned_face(shown, yaw, pitch):
    shown["pose"] = Pose(yaw, pitch, 0)
    assert reason() is Reason.FACE_TURNED


def test_a_face_that_is_poor_for_all_its_limits_together(shown):
    shown["quality"] = POOREST
    assert usable_face(IMAGE)
    shown["quality"] = POOREST - 0.1
    assert reason() is Reason.FACE_POOR


def test_what_is_wrong_is_named_where_it_is_one_thing(shown):
    shown["quality"], shown["blur"] = 0.0, BLUREST + 1
    assert reason() is Reason.FACE_BLURRED


@pytest.mark.parametrize(
    ("sure", "unsure", "told"),
    [
        ({"respirator": COVERED}, {"respirator": COVERED - 0.01}, "mask"),
        ({"glasses": 1.0, "sunglasses": COVERED}, {"glasses": 1.0, "sunglasses": COVERED - 0.01}, "Sunglasses"),
    ],
)
def test_a_covered_face_is_refused_unless_it_is_wanted(shown, sure, unsure, told):
    shown["yes"] = unsure
    assert usable_face(IMAGE)
    shown["yes"] = sure
    with pytest.raises(VisageError, match=told) as raised:
        usable_face(IMAGE)
    assert raised.value.reason is Reason.FACE_COVERED
    assert usable_face(IMAGE, covered=True) is shown["faces"][0]


def test_clear_glasses_cover_nothing(shown):
    shown["yes"] = {"glasses": 1.0}
    assert usable_face(IMAGE)


def test_a_leaning_head_is_no_matter(shown):
    shown["pose"] = Pose(YAW, -PITCH, 90)
    assert usable_face(IMAGE)


@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg"])
def test_portraits_are_usable(models, portraits, name):
    image = load(portraits / name)
    assert usable_face(image).box.side > SMALLEST
    height, width = image.shape[:2]
    assert usable_face(resize(image, 400 * width // height, 400))


def test_a_group_is_not(models, portraits):
    with pytest.raises(VisageError) as raised:
        usable_face(load(portraits / "sample6.jpg"))
    assert raised.value.reason is Reason.SEVERAL_FACES
