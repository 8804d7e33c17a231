"""The components of a pair's false match rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.faces import sessions
from visage.faces.recognition.embed import SIZE, unit
from visage.faces.recognition.impostors import (
    PHOTOS,
    ImageType,
    Impostors,
    Kinds,
    Rarity,
    decades,
    impostors,
    read_rarities,
)

EXCESS = Rarity((-10.0, 0.0, 2.0, 4.0), (0.1, 2.0, 3.0, 4.0))
POPULATION = Rarity((-1.0, 0.3, 0.4, 1.0), (0.1, 2.0, 3.0, 9.0))
VECTORS = unit(np.random.default_rng(1).normal(size=(20, SIZE))).astype(np.float32)


def kinds(**changes: np.ndarray) -> Kinds:
    """Two axes and two kinds at their ends, of which nothing counts but what is given."""
    plain = {
        "mean": np.zeros(3),
        "axes": np.eye(3)[:, :2],
        "reach": np.ones(2),
        "centres": np.array([[1.0, 0], [-1.0, 0]]),
        "sharpness": np.float64(20),
        "constant": np.array([0.5, 0.4]),
        "shared": np.zeros((2, 2)),
        "own": np.zeros((2, 2, 2)),
        "linear": np.zeros((2, 2, 2)),
        "square": np.zeros((2, 2, 2)),
        "spread": np.zeros((2, 2)),
    }
    return Kinds(**(plain | changes))


@given(st.floats(-30, 30), st.floats(0.001, 10))
def test_a_line_rises_strictly_and_goes_on_beyond_its_ends(place, by):
    assert EXCESS.at(place) < EXCESS.at(place + by) or EXCESS.at(place) == 0
    assert EXCESS.at(6.0) == pytest.approx(5.0)
    assert EXCESS.at(-12.0) == 0


def test_between_knots_a_line_is_straight():
    assert [float(EXCESS.at(place)) for place in EXCESS.places] == pytest.approx(EXCESS.decades)
    assert EXCESS.at(1.0) == pytest.approx(2.5)


def test_a_pairs_rate_is_that_of_impostors_like_it():
    assert Impostors(0.6, 0.05, EXCESS, POPULATION).decades(0.7) == pytest.approx(3.0)


def test_a_pairs_rate_is_never_lower_than_that_of_random_pairs():
    unlike = Impostors(-0.2, 0.05, EXCESS, POPULATION)
    assert unlike.decades(0.4) == pytest.approx(3.0)
    assert EXCESS.at((0.4 + 0.2) / 0.05) > 3.0


def test_people_in_a_crowded_place_are_more_alike():
    crowded = kinds(linear=np.array([[[0.1, 0], [0.1, 0]]] * 2))
    here, there = np.array([1.0, 0]), np.array([-1.0, 0])
    assert crowded.impostors(here, here, chip=False)[0] == pytest.approx(0.6)
    assert crowded.impostors(there, there, chip=False)[0] == pytest.approx(0.4)


def test_people_of_one_kind_are_more_alike():
    alike = kinds(shared=np.array([[0.1, 0.2], [0, 0]]))
    here, there = np.array([0.9, 0.3]), np.array([-0.9, 0.3])
    assert alike.impostors(here, here, chip=False)[0] == pytest.approx(0.6)
    assert alike.impostors(there, there, chip=False)[0] == pytest.approx(0.7)
    assert alike.impostors(here, there, chip=False)[0] == pytest.approx(0.5)


def test_a_face_belongs_to_kinds_by_its_place():
    shares = kinds().shares(np.array([[1.0, 0], [0, 1.0], [-0.2, 0]]))
    assert shares.sum(axis=1) == pytest.approx([1, 1, 1])
    assert shares[0] == pytest.approx([1, 0], abs=1e-6)
    assert shares[1] == pytest.approx([0.5, 0.5])
    assert shares[2, 1] > 0.9


def test_the_spread_is_that_of_both_kinds():
    wide = kinds(spread=np.log(np.array([[0.1, 0.4], [1, 1]])))
    here, there = np.array([1.0, 0]), np.array([-1.0, 0])
    found = [float(wide.impostors(here, other, chip=False)[1]) for other in (here, there)]
    assert found == pytest.approx([0.1, 0.2])


def test_a_chip_portrait_has_a_constant_of_its_own():
    here = np.zeros(2)
    assert [float(kinds().impostors(here, here, chip=chip)[0]) for chip in (False, True)] == [0.5, 0.4]


def test_faces_beyond_all_that_were_seen_are_treated_like_the_last_of_these():
    assert kinds().places(np.array([5.0, -5.0, 0])).tolist() == [1, -1]


@pytest.mark.parametrize("types", [PHOTOS, (ImageType.PHOTO, ImageType.CHIP)])
def test_the_shipped_kinds_keep_impostors_of_any_embedding_in_bounds(models, types):
    for first, second in zip(VECTORS, [*VECTORS[1:], np.zeros(SIZE, np.float32)], strict=True):
        found = impostors(first, second, types)
        assert -1 < found.base < 1
        assert 0 < found.spread < 0.2
        rising = [found.decades(similarity) for similarity in np.linspace(-0.2, 1, 25)]
        assert all(np.diff(rising) > 0)


def test_pairs_together_have_the_rates_that_each_has_alone(models):
    together = decades(VECTORS[:10], VECTORS[10:])
    both = zip(VECTORS[:10], VECTORS[10:], strict=True)
    alone = [impostors(*pair).decades(float(pair[0] @ pair[1])) for pair in both]
    assert together == pytest.approx(alone, abs=1e-4)


def test_the_shipped_axes_are_square_to_each_other(models):
    shipped = Kinds.read(sessions.read("kinds"))
    assert shipped.axes.T @ shipped.axes == pytest.approx(np.eye(shipped.axes.shape[1]), abs=1e-4)


def test_the_shipped_lines_rise(models):
    for lines in read_rarities(sessions.read("calibration")).values():
        for line in lines:
            assert all(np.diff(line.places) > 0)
            assert all(np.diff(line.decades) > 0)
