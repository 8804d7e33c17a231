"""How rates are counted and carried on, on numbers made by hand."""

import numpy as np
import pytest

from training import features
from training.calibration import real_masks
from training.calibration.accessories import ACCESSORIES
from training.calibration.chip_portraits import BYTES, HEIGHT, WIDTH, chip_portrait
from training.calibration.rarities import rarity
from training.calibration.regression import exponential_regression, quantile_regression
from training.calibration.tables import Counted, digits, share
from visage.faces.landmarks.mesh import POINTS, Mesh
from visage.faces.types import Box, Face


def test_a_share_counts_pairs_and_its_interval_people():
    valid = ~np.eye(40, dtype=bool)
    reaching = np.zeros((40, 40), bool)
    reaching[0, 1:] = reaching[1:, 0] = True  # one person matches everybody
    found = share([Counted(reaching, valid)])
    assert (found.people, found.pairs) == (40, 780)
    assert found.value == pytest.approx(39 / 780)
    # that person may be drawn never, or three times
    assert found.low == 0
    assert found.high > 2.5 * found.value


def test_where_nothing_reaches_the_rule_of_three_bounds_the_share():
    valid = ~np.eye(30, dtype=bool)
    found = share([Counted(np.zeros((30, 30), bool), valid)])
    assert (found.value, found.high) == (0, 3 / 435)


def test_pairs_that_do_not_count_are_left_out():
    valid = np.zeros((4, 4), bool)
    valid[0, 1] = valid[1, 0] = True
    found = share([Counted(np.ones((4, 4), bool), valid)])
    assert (found.value, found.pairs, found.people) == (1, 1, 2)


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (0.034, "0.034"), (1.26, "1.3"), (12.4, "12")])
def test_numbers_have_two_digits(value, text):
    assert digits(value) == text


def test_a_line_says_what_was_counted_and_goes_on_like_a_normal_distribution():
    values = np.random.default_rng(0).normal(size=2_000_000)
    line = rarity(values, np.ones(len(values)), -60.0)
    assert all(np.diff(line.places) > 0) and all(np.diff(line.decades) > 0)
    assert line.at(2.326) == pytest.approx(2, abs=0.02)
    assert line.at(3.09) == pytest.approx(3, abs=0.03)
    assert line.at(6.0) == pytest.approx(9.0, abs=1.2)


def test_a_weight_says_how_many_values_a_value_stands_for():
    values = np.random.default_rng(1).normal(size=100_000)
    heavy = values > 1
    thrice = np.concatenate([values, values[heavy], values[heavy]])
    assert rarity(values, np.where(heavy, 3.0, 1.0), -60.0).places == pytest.approx(
        rarity(thrice, np.ones(len(thrice)), -60.0).places, abs=0.01
    )


def test_the_quantile_follows_its_rows():
    generator = np.random.default_rng(2)
    x = generator.uniform(-1, 1, 40_000)
    values = 0.3 * x + generator.normal(0, 0.1, len(x))
    weights = quantile_regression(np.column_stack([np.ones(len(x)), x]), values, 0.99)
    assert weights == pytest.approx([0.2326, 0.3], abs=0.01)


def test_the_mean_of_excesses_follows_its_rows():
    generator = np.random.default_rng(3)
    x = generator.uniform(-1, 1, 40_000)
    values = generator.exponential(np.exp(-2 + 0.5 * x))
    assert exponential_regression(np.column_stack([np.ones(len(x)), x]), values) == pytest.approx([-2, 0.5], abs=0.05)


@pytest.fixture
def mesh() -> Mesh:
    """Points all over a face of 100 pixels."""
    generator = np.random.default_rng(4)
    points = generator.uniform(50, 150, (POINTS, 3)).astype(np.float32)
    points[[33, 133, 362, 263], :2] = [[70, 90], [90, 90], [110, 90], [130, 90]]
    return Mesh(points, 1.0)


@pytest.mark.parametrize("name", ACCESSORIES)
@pytest.mark.parametrize("style", [0, 1])
def test_an_accessory_changes_a_part_of_the_face_only(mesh, name, style):
    image = np.full((200, 200, 3), 128, np.uint8)
    first, again = (ACCESSORIES[name](image, mesh, style, np.random.default_rng(5)) for _ in range(2))
    assert first.shape == image.shape and first.dtype == np.uint8
    assert np.array_equal(first, again)
    changed = (np.abs(first.astype(int) - image) > 8).any(axis=-1)
    assert 0.005 < changed.mean() < 0.6
    assert not changed[:20].any()


def test_a_chip_portrait_has_its_size_and_a_plain_background():
    image = np.random.default_rng(6).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    face = Face(Box(100, 90, 100, 120), 1.0, np.float32([[125, 130], [175, 130], [150, 160], [130, 185], [170, 185]]))
    plain, large = (chip_portrait(image, face, grey=True, size=size) for size in (BYTES, 8 * BYTES))
    assert plain.shape == (HEIGHT, WIDTH, 3)
    assert (plain[..., 0] == plain[..., 1]).all()
    assert plain[:6, :10].min() > 200
    assert large[40:90, 30:70].std() > plain[40:90, 30:70].std()


def test_real_masks_count_each_person_once_and_no_face_too_small_to_judge(monkeypatch):
    vectors = np.eye(4, 128, dtype=np.float32)
    vectors[2] = 0.8 * vectors[0] + 0.6 * vectors[1]  # 0.8 like the first, who is the same person
    boxes = np.tile(np.float32([0, 0, 80, 100]), (4, 1))
    boxes[3, 2:] = real_masks.SMALLEST - 1
    found = features.Faces(list("abcd"), boxes, np.ones(4), np.zeros((4, 5, 2)))
    monkeypatch.setattr(features, "faces", lambda data, source: found)
    monkeypatch.setattr(features, "embeddings", lambda data, source: vectors)
    np.testing.assert_array_equal(real_masks.faces(None), vectors[:2])
