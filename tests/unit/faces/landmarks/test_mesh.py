"""The mesh of a face and the pose computed from it, on portraits from registry packages."""

import numpy as np
import pytest

from tests.support.faces import load, resize
from visage.faces.detection.detect import detect_largest
from visage.faces.imaging.geometry import turn_back
from visage.faces.landmarks.mesh import Mesh, mesh
from visage.faces.landmarks.pose import Pose, pose

pytestmark = pytest.mark.usefixtures("models")

PORTRAITS = ["obama.jpg", "obama2.jpg", "biden.jpg", "sample3.jpg", "sample6.jpg"]
EYES = [33, 133, 362, 263]
"""Corners of the eyes, from the left to the right in an upright picture."""
MOUTH = [61, 291]


def mesh_of(image: np.ndarray) -> Mesh:
    return mesh(image, detect_largest(image))


def pose_of(image: np.ndarray) -> Pose:
    return pose(mesh_of(image))


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_points_lie_on_the_face(portraits, name):
    image = load(portraits / name)
    face = detect_largest(image)
    laid = mesh(image, face)
    assert (laid.points.shape, laid.points.dtype) == ((468, 3), np.float32)
    assert laid.presence > 0.95
    eyes = laid.points[EYES, :2].reshape(2, 2, 2).mean(axis=1)
    expected = np.concatenate([eyes, laid.points[MOUTH, :2]])
    assert np.abs(face.points[[0, 1, 3, 4]] - expected).max() < 0.12 * face.box.side


def test_where_no_face_is_the_mesh_says_so(portraits):
    image = load(portraits / "obama.jpg")
    face = detect_largest(image)
    assert mesh(np.full_like(image, 120), face).presence < 0.1


def test_the_nose_is_nearer_than_the_edges_of_the_face(portraits):
    for name in PORTRAITS:
        depth = mesh_of(load(portraits / name)).points[:, 2]
        assert depth[1] < depth[[234, 454]].min()


@pytest.mark.parametrize("side", [48, 96, 500])
def test_the_mesh_grows_with_the_photo(portraits, side):
    image = load(portraits / "obama.jpg")
    large = mesh_of(image).points
    scale = side / detect_largest(image).box.side
    height, width = (round(length * scale) for length in image.shape[:2])
    small = mesh_of(resize(image, width, height)).points
    assert np.abs(small / [width / image.shape[1], height / image.shape[0], scale] - large).max() < 0.1 * side / scale


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_photo_has_the_same_mesh_and_only_another_roll(portraits, turns):
    image = load(portraits / "obama.jpg")
    height, width = image.shape[:2]
    upright, turned = mesh_of(image), mesh_of(np.rot90(image, turns))
    back = turn_back(turned.points[:, :2], turns, width, height)
    assert np.abs(back - upright.points[:, :2]).max() < 0.1 * detect_largest(image).box.side
    before, after = pose(upright), pose(turned)
    assert (after.yaw, after.pitch) == pytest.approx((before.yaw, before.pitch), abs=8)
    assert (after.roll - before.roll + 90 * turns + 180) % 360 - 180 == pytest.approx(0, abs=5)


@pytest.mark.parametrize("name", PORTRAITS)
def test_a_mirrored_photo_turns_the_pose_round(portraits, name):
    image = load(portraits / name)
    here, there = pose_of(image), pose_of(np.ascontiguousarray(image[:, ::-1]))
    assert (there.yaw, there.pitch, there.roll) == pytest.approx((-here.yaw, here.pitch, -here.roll), abs=5)


def test_official_portraits_look_at_the_camera(portraits):
    for name in ("obama.jpg", "biden.jpg"):
        angles = pose_of(load(portraits / name))
        assert max(abs(angles.yaw), abs(angles.pitch), abs(angles.roll)) < 15


def turned(yaw: float, pitch: float, roll: float) -> Mesh:
    """A mesh whose five points are those of a head turned as said: first leant, then raised, then turned."""
    head = np.zeros((468, 3))
    head[[234, 454, 10, 164, 152]] = [[-1, 0, 0.3], [1, 0, 0.3], [0, -1, 0], [0, 0.5, 0], [0, 1.1, 0]]
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = [[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]]
    about_x = [[1, 0, 0], [0, np.cos(p), np.sin(p)], [0, -np.sin(p), np.cos(p)]]
    about_z = [[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]]
    return Mesh((head @ (np.array(about_y) @ about_x @ about_z).T).astype(np.float32), 1.0)


@pytest.mark.parametrize("angles", [(0, 0, 0), (40, 0, 0), (0, 40, 0), (0, 0, 40), (-35, 25, 15), (60, -50, -120)])
def test_the_angles_of_a_turned_head_come_back(angles):
    found = pose(turned(*angles))
    assert (found.yaw, found.pitch, found.roll) == pytest.approx(angles, abs=1e-3)


def test_signs_are_those_of_the_contract():
    """Checked by the positions of the midline and the face's edges, not by the angles' own formula."""

    def ahead(head: Mesh) -> np.ndarray:
        """The middle line between the edges' height, before the edges: where the nose points."""
        above, below = head.points[10], head.points[164]
        return above + (below - above) * (2 / 3) - head.points[[234, 454]].mean(axis=0)

    assert ahead(turned(0, 0, 0)) == pytest.approx([0, 0, -0.3], abs=1e-6)
    assert ahead(turned(30, 0, 0))[0] > 0.1 and ahead(turned(-30, 0, 0))[0] < -0.1
    assert ahead(turned(0, 30, 0))[1] < -0.1 and ahead(turned(0, -30, 0))[1] > 0.1
    assert turned(0, 0, 30).points[10, 0] > 0.1
