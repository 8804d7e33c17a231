"""What is drawn for the second teaching of the attributes."""

import numpy as np
import pytest
from PIL import Image

from tests.support.faces import load
from training.attributes.chips import ROOM, ROOM_SHARE
from training.attributes.further.drawn import textures
from training.attributes.further.drawn.kinds import KINDS, LEFT_OUT, MASKED, WORN
from training.attributes.further.drawn.scene import Scene, settled
from training.attributes.further.drawn.worn import headscarf, thin_glasses
from visage.faces.detection.detect import detect_largest
from visage.faces.imaging.align import level_chip
from visage.faces.landmarks.mesh import mesh


@pytest.fixture
def scene(models, portraits) -> Scene:
    """The face of a president, and rooms and heads of plain noise."""
    image = load(portraits / "obama.jpg")
    chip = level_chip(image, detect_largest(image), ROOM_SHARE, ROOM)
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    points = mesh(chip, detect_largest(chip)).points[:, :2].astype(float)
    return Scene(chip, points, [noise], [noise[:ROOM, :ROOM]], [(noise[:ROOM, :ROOM], points)])


def changed(scene: Scene, drawn: np.ndarray, point: int) -> float:
    """How much a small square about a point of the mesh has changed, in grey levels."""
    x, y = scene.points[point].astype(int)
    square = np.s_[y - 3 : y + 4, x - 3 : x + 4]
    return float(np.abs(drawn[square].astype(float) - scene.chip[square]).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_hides_the_mouth_and_leaves_the_eyes(scene, kind):
    mouths, eyes = [], []
    for seed in range(12):
        drawn = KINDS[kind](scene, np.random.default_rng(seed))
        assert drawn.shape == scene.chip.shape
        assert drawn.dtype == np.uint8
        mouths.append(max(changed(scene, drawn, point) for point in (13, 61, 291)) > 8)
        eyes.append(max(changed(scene, drawn, 33), changed(scene, drawn, 263)) < 8)
    assert np.mean(mouths) >= (0.5 if kind == "cutting" else 0.75)
    assert np.mean(eyes) >= (0.0 if kind == "hair" else 0.4), "a phone or a head may reach one of them, hair falls over"


@pytest.mark.parametrize("kind", MASKED)
def test_a_mask_covers_mouth_and_chin_and_leaves_the_eyes(scene, kind):
    for seed in range(8):
        drawn = WORN[kind](scene, np.random.default_rng(seed))
        assert np.mean([changed(scene, drawn, point) > 4 for point in (13, 14, 17, 200)]) >= 0.75
        assert max(changed(scene, drawn, 159), changed(scene, drawn, 386)) < 4
        assert (changed(scene, drawn, 4) > 4) == (kind != "low_mask"), "one is worn under the nose"


def test_what_is_drawn_is_settled_into_the_photo(scene):
    chip = scene.chip.copy()
    chip[:40] = 0
    drawn = chip.copy()
    drawn[20:120, 60:120] = (200, 40, 40)
    for seed in range(6):
        seen = settled(chip, drawn, np.random.default_rng(seed)).astype(float)
        assert not seen[:38].any(), "outside the photo nothing is seen"
        assert np.abs(seen[60:100, 80:100] - (200, 40, 40)).max() < 12
        assert np.array_equal(seen[165:, 10:30], chip[165:, 10:30])
        before, after = (np.abs(np.diff(each[80:110, 50:70].astype(float), axis=1)).max() for each in (drawn, seen))
        assert after < 0.95 * before, "an edge takes more than a pixel"


def test_each_kind_of_object_is_kept_from_one_split():
    assert sorted(kind for kinds in LEFT_OUT for kind in kinds) == sorted(KINDS)


def test_thin_glasses_change_little_and_only_about_the_eyes(scene):
    for seed in range(5):
        drawn = thin_glasses(scene, np.random.default_rng(seed)).astype(float)
        touched = np.abs(drawn - scene.chip).max(axis=2) > 12
        assert 0 < touched.mean() < 0.1
        assert changed(scene, drawn, 13) < 3


def test_cloth_about_the_head_leaves_the_face(scene):
    drawn = headscarf(scene, np.random.default_rng(1))
    assert changed(scene, drawn, 1) < 3
    assert changed(scene, drawn, 13) < 3
    top = scene.points[10] + 0.25 * (scene.points[10] - scene.points[152])
    x, y = top.astype(int)
    assert np.abs(drawn[y, x].astype(float) - scene.chip[y, x]).max() > 8


def test_surfaces_are_of_many_kinds():
    photo = np.asarray(Image.effect_noise((220, 220), 80).convert("RGB"))
    random = np.random.default_rng(2)
    seen = [textures.surface(random, [photo]) for _ in range(40)]
    spreads = [float(each.mean(axis=2).std()) for each in seen]
    assert min(spreads) < 8 < 40 < max(spreads)
