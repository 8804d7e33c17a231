"""Attributes of faces in portraits from registry packages."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.faces import load, resize
from training.attributes.chips import MARGIN, ROOM, ROOM_SHARE
from training.attributes.further.drawn.kinds import KINDS, MASKED, WORN
from training.attributes.further.drawn.scene import Scene
from training.attributes.further.drawn.worn import headscarf
from visage.faces import sessions
from visage.faces.appearance.attributes import (
    QUESTIONS,
    SIDE,
    Attributes,
    Estimate,
    attributes,
    attributes_of_each,
    compose,
    shares_seen,
)
from visage.faces.detection.detect import detect, detect_largest
from visage.faces.imaging.align import level_chip
from visage.faces.landmarks.mesh import mesh

NOTHING = dict.fromkeys(QUESTIONS, 0.0)
MASKS = ("mask_black.jpg", "mask_blue.jpg", "mask_green.jpg", "mask_white.jpg")
PRESIDENTS = ("obama.jpg", "obama2.jpg")


def masked(portraits: Path, name: str) -> np.ndarray:
    """A president with a cloth mask over nose, mouth and chin."""
    image = load(portraits / "obama.jpg").copy()
    face = detect_largest(image)
    (left, right), nose, mouth = face.points[:2], face.points[2], face.points[3:].mean(axis=0)
    top, bottom = round((left[1] + 2 * nose[1]) / 3), round(2 * mouth[1] - nose[1])
    cloth = resize(load(portraits / name), round(1.9 * (right[0] - left[0])), int(bottom - top))
    start = round((left[0] + right[0]) / 2) - cloth.shape[1] // 2
    image[int(top) : int(bottom), start : start + cloth.shape[1]] = cloth
    return image


def said_of(image: np.ndarray) -> Attributes:
    return attributes(image, detect_largest(image))


def test_a_face_with_nothing_is_short_haired_and_bare():
    said = compose(NOTHING, 0.1)
    assert said.smile_rate == 1
    assert said.hairstyle == Estimate("Short", 1.0)
    assert {said.glasses, said.respirator, said.hat, said.mustache, said.bang} == {Estimate("None", 1.0)}


@pytest.mark.parametrize(
    ("yes", "glasses"),
    [
        ({"glasses": 0.9, "sunglasses": 0.2}, Estimate("Wear", 0.9 * 0.8)),
        ({"glasses": 0.9, "sunglasses": 0.8}, Estimate("Sunglass", 0.9 * 0.8)),
        ({"glasses": 0.3, "sunglasses": 0.8}, Estimate("None", 0.7)),
    ],
)
def test_glasses_are_dark_only_where_there_are_glasses(yes, glasses):
    assert compose(NOTHING | yes, 0).glasses == glasses


def test_a_head_whose_top_is_not_in_the_image_says_nothing_of_hat_fringe_and_baldness():
    sure, hatless = NOTHING | {"hat": 1.0, "bang": 1.0, "bald": 1.0}, NOTHING | {"bald": 1.0}
    seen, half, unseen = (compose(sure, 0, above=share) for share in (1.0, 0.5, 0.0))
    assert (seen.hat.rate, seen.bang.rate, compose(hatless, 0).hairstyle.rate) == (1, 1, 1)
    assert (half.hat.rate, half.bang.rate) == (0.75, 0.75)
    assert compose(hatless, 0, above=0.5).hairstyle == Estimate("Bald", pytest.approx(2 / 3))
    assert (unseen.hat.rate, unseen.bang.rate) == (0.5, 0.5)
    assert unseen.hairstyle.rate == pytest.approx(2 / 3), "short, as nothing below the chin is long"
    assert unseen.glasses == seen.glasses


def test_under_a_hat_nobody_is_bald():
    under = compose(NOTHING | {"hat": 1.0, "bald": 1.0}, 0).hairstyle
    assert under == Estimate("Short", pytest.approx(2 / 3))


def test_nothing_below_the_chin_leaves_long_hair_open():
    long = NOTHING | {"long": 1.0}
    assert compose(long, 0, below=0.0).hairstyle.rate == 0.5
    assert compose(long, 0, above=0.0, below=0.0).hairstyle.rate == pytest.approx(1 / 3)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_what_of_a_head_is_in_the_image_is_known_however_it_is_turned(portraits, turns):
    image = load(portraits / "obama.jpg")
    box = detect_largest(image).box
    cut = image[round(box.top + 0.02 * box.height) : round(box.top + 1.1 * box.height)]
    for picture, above, below in ((image, 1, 1), (cut, 0, 0.4)):
        turned = np.rot90(picture, turns)
        shares = shares_seen(turned, detect_largest(turned))
        assert shares == pytest.approx((above, below), abs=0.3)


def test_the_faces_of_an_image_are_described_as_each_by_itself(portraits):
    image = load(portraits / "sample6.jpg")
    faces = detect(image) * 3
    for together, face in zip(attributes_of_each(image, faces), faces, strict=True):
        alone = attributes(image, face)
        assert together.hat.rate == pytest.approx(alone.hat.rate, abs=1e-4)
        assert together.smile_degree == pytest.approx(alone.smile_degree, abs=1e-4)
    assert attributes_of_each(image, []) == []


@pytest.mark.parametrize(
    ("yes", "hairstyle"),
    [
        ({"bald": 0.75, "long": 0.9}, Estimate("Bald", 0.75)),
        ({"bald": 0.25, "long": 1.0}, Estimate("Long", 0.75)),
        ({"bald": 0.25, "long": 0.0}, Estimate("Short", 0.75)),
    ],
)
def test_hair_is_long_or_short_only_where_there_is_hair(yes, hairstyle):
    assert compose(NOTHING | yes, 0).hairstyle == hairstyle


@pytest.mark.parametrize(("degree", "rate"), [(0.9, 0.75), (0.5, 0.75), (0.4, 0.25)])
def test_the_smiles_rate_is_of_what_the_degree_says(degree, rate):
    said = compose(NOTHING | {"smile": 0.75}, degree)
    assert (said.smile_degree, said.smile_rate) == (degree, rate)


@pytest.mark.parametrize("name", MASKS)
def test_a_mask_is_seen(models, portraits, name):
    image = masked(portraits, name)
    respirator = attributes(image, detect_largest(load(portraits / "obama.jpg"))).respirator
    assert respirator.value == "Wear"
    assert respirator.rate > 0.7


@pytest.mark.parametrize("name", PRESIDENTS)
def test_presidents_have_short_hair_and_wear_nothing(models, portraits, name):
    said = said_of(load(portraits / name))
    assert {said.glasses.value, said.respirator.value, said.hat.value, said.bang.value} == {"None"}
    assert said.hairstyle.value == "Short"


def test_a_broad_smile_is_one(models, portraits):
    said = said_of(load(portraits / "obama.jpg"))
    assert said.smile_degree > 0.8
    assert said.smile_rate > 0.9


def test_long_hair_is_long(models, portraits):
    assert said_of(load(portraits / "sample6.jpg")).hairstyle.value == "Long"


@pytest.mark.parametrize("margin", [0, 0.05, 0.1, 0.15, 0.2, 0.3])
@pytest.mark.parametrize("name", PRESIDENTS)
def test_a_crop_close_to_the_face_says_little_of_hair_and_hat(models, portraits, name, margin):
    image = load(portraits / name)
    box = detect_largest(image).box
    top, left = (max(0, round(start - margin * box.height)) for start in (box.top, box.left))
    bottom, right = (round(end) for end in (box.top + (1 + margin) * box.height, box.left + (1 + margin) * box.width))
    said = said_of(image[top:bottom, left:right])
    assert said.hairstyle.value != "Bald" or said.hairstyle.rate < 0.6
    if margin <= 0.05:
        assert max(said.hat.rate, said.bang.rate, said.hairstyle.rate) < 0.8, "a guess, and it says so"
    if margin >= 0.3:
        assert (said.hat.value, said.bang.value, said.hairstyle.value) == ("None", "None", "Short")


@pytest.fixture
def scene(models, portraits) -> Scene:
    """A president's chip, with room about what the network is shown."""
    image = load(portraits / "obama.jpg")
    chip = level_chip(image, detect_largest(image), ROOM_SHARE, ROOM)
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    return Scene(chip, mesh(chip, detect_largest(chip)).points[:, :2].astype(float), [noise], [chip])


def mean_answers(drawn: list[np.ndarray]) -> dict[str, float]:
    """The mean of what the network says of chips (ROOM, ROOM, 3)."""
    inner = np.stack(drawn)[:, MARGIN : MARGIN + SIDE, MARGIN : MARGIN + SIDE].transpose(0, 3, 1, 2)
    (said,) = sessions.open("attributes").run(("answers",), {"image": np.ascontiguousarray(inner, np.float32)})
    return dict(zip(QUESTIONS, said.mean(axis=0).tolist(), strict=True))


@pytest.mark.parametrize("kind", ["hand", "fist", "head", "cup", "bottle", "forearm", "book", "instrument", "bouquet"])
def test_what_is_held_before_a_mouth_is_no_mask(scene, kind):
    """Of other kinds too many still are: layers/models/trained/attributes.md."""
    said = mean_answers([KINDS[kind](scene, np.random.default_rng(seed)) for seed in range(8)])
    assert said["respirator"] < 0.3


@pytest.mark.parametrize("kind", MASKED)
def test_masks_of_all_sorts_are_masks(scene, kind):
    another = WORN["surgical_mask"](scene, np.random.default_rng(50))
    worn = replace(scene, masked=[(another, scene.points)])
    said = mean_answers([WORN[kind](worn, np.random.default_rng(seed)) for seed in range(8)])
    assert said["respirator"] > 0.6


def test_cloth_about_the_head_is_a_hat_and_no_fringe(scene):
    said = mean_answers([headscarf(scene, np.random.default_rng(seed)) for seed in range(8)])
    assert said["hat"] > 0.5 > 0.3 > said["bang"]
    assert compose(said, 0).hairstyle.value != "Bald"


@pytest.mark.parametrize("name", PRESIDENTS)
def test_rates_are_probabilities_of_the_likeliest_value(models, portraits, name):
    said = said_of(load(portraits / name))
    for estimate, values in ((said.glasses, 3), (said.hairstyle, 3), (said.hat, 2), (said.bang, 2), (said.mustache, 2)):
        assert 1 / values <= estimate.rate <= 1
    assert 0 <= said.smile_degree <= 1
    assert 0.5 <= said.smile_rate <= 1


@pytest.mark.parametrize("name", PRESIDENTS)
def test_a_mirrored_face_shows_about_the_same(models, portraits, name):
    image = load(portraits / name)
    first, second = said_of(image), said_of(np.ascontiguousarray(image[:, ::-1]))
    assert abs(first.smile_degree - second.smile_degree) < 0.25
    for attribute in ("glasses", "respirator", "hat", "hairstyle"):
        one, other = getattr(first, attribute), getattr(second, attribute)
        assert one.value == other.value
        assert abs(one.rate - other.rate) < 0.3
