"""Turns of a rigid head and of a photo of it, on the points of a mesh."""

import numpy as np
import pytest

from demo.acting import rotated
from tests.support.faces import load
from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.mesh import Mesh, mesh, settle
from visage.faces.landmarks.turn import turn

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture
def head(portraits):
    image = load(portraits / "obama.jpg")
    return settle(image, mesh(image, detect_largest(image)))


def moved(head, points):
    return Mesh(points.astype(np.float32), head.presence)


@pytest.mark.parametrize(("yaw", "pitch"), [(25, 0), (-25, 0), (0, 15), (0, -15), (12, -8)])
def test_the_angles_of_a_turned_head_come_back_and_a_body_explains_them(head, yaw, pitch):
    found = turn(head, moved(head, rotated(head.points.astype(np.float64), yaw, pitch)))
    assert (found.yaw, found.pitch) == pytest.approx((yaw, pitch), abs=0.5)
    assert found.error < 0.05 and found.squeeze > 0.99


def test_place_size_and_roll_do_not_matter(head):
    points = rotated(head.points.astype(np.float64), 20, 5)
    cosine, sine = np.cos(0.4), np.sin(0.4)
    points[:, :2] = points[:, :2] @ np.array([[cosine, sine], [-sine, cosine]]) * 1.7 + 300
    points[:, 2] *= 1.7
    found = turn(head, moved(head, points))
    assert (found.yaw, found.pitch) == pytest.approx((20, 5), abs=0.5) and found.error < 0.05


def test_mouth_and_lids_are_not_asked(head):
    points = head.points.copy()
    points[[13, 14, 17, 152, 159, 386]] += 40
    found = turn(head, moved(head, points))
    assert (found.yaw, found.pitch) == pytest.approx((0, 0), abs=0.5)


@pytest.mark.parametrize("angle", [30, 50])
def test_a_photo_held_askew_is_squeezed_and_no_body_explains_it(head, angle):
    points = head.points.copy()
    points[:, 0] *= np.cos(np.radians(angle))
    found = turn(head, moved(head, points))
    assert found.error > 5 and found.squeeze == pytest.approx(np.cos(np.radians(angle)), abs=0.08)


def test_a_bent_photo_is_better_explained_by_a_sheet(head):
    points = head.points.astype(np.float64)
    half = np.ptp(points[:, 0]) / 2
    across = (points[:, 0] - points[:, 0].mean()) / half
    points[:, 0] += 0.25 * half * (1 - across**2)
    assert turn(head, moved(head, points)).error > 1.5
