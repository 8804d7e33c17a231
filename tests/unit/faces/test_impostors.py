"""What a pair's thresholds are made of."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.faces import sessions
from visage.faces.embed import SIZE, unit
from visage.faces.impostors import Excess, Impostors, Kinds, Tail, impostors, strangers

EXCESS = Excess((0.01, 0.001, 0.0001), (0.0, 2.0, 4.0), Tail(1e-4, 4.0, 1.0, -0.1))
rates = st.floats(1e-12, 0.01)


def kinds(**changes: np.ndarray) -> Kinds:
    """Two axes, of which nothing counts but what is given."""
    plain = {
        "mean": np.zeros(3),
        "axes": np.eye(3)[:, :2],
        "reach": np.ones(2),
        "apart": np.zeros(2),
        "constant": np.array([0.5, 0.4]),
        "linear": np.zeros((2, 2, 2)),
        "square": np.zeros((2, 2, 2)),
        "spread": np.zeros((2, 2)),
    }
    return Kinds(**(plain | changes))


@given(rates, rates)
def test_fewer_impostors_exceed_more(first, second):
    few, many = sorted((first, second))
    assert EXCESS.at(few) >= EXCESS.at(many)


def test_between_counted_rates_the_excess_follows_their_logarithm():
    assert [EXCESS.at(rate) for rate in EXCESS.rates] == pytest.approx(EXCESS.excesses)
    assert EXCESS.at(10**-2.5) == pytest.approx(1.0)


def test_the_tail_begins_where_counting_ends():
    assert EXCESS.at(0.99e-4) == pytest.approx(4.0, abs=0.02)
    assert 4.0 < EXCESS.at(1e-6) < EXCESS.at(1e-9) < 4.0 + 1.0 / 0.1


def test_the_similarity_of_a_rate_lies_so_many_spreads_above_the_base():
    assert Impostors(0.8, 0.01, EXCESS).similarity_at(0.001) == pytest.approx(0.82)


def test_people_in_a_crowded_place_are_more_alike():
    crowded = kinds(linear=np.array([[[0.1, 0], [0.1, 0]]] * 2))
    here, there = np.array([1.0, 0]), np.array([-1.0, 0])
    assert crowded.impostors(here, here, chip=False)[0] == pytest.approx(0.6)
    assert crowded.impostors(there, there, chip=False)[0] == pytest.approx(0.4)


def test_people_of_different_kinds_are_less_alike():
    apart = kinds(apart=np.array([1.0, 0]))
    here = np.array([0.0, 0])
    assert apart.impostors(here, np.array([0.2, 0.9]), chip=False)[0] == pytest.approx(0.5 - 0.02)


def test_a_chip_portrait_has_a_constant_of_its_own():
    here = np.zeros(2)
    assert [float(kinds().impostors(here, here, chip=chip)[0]) for chip in (False, True)] == [0.5, 0.4]


def test_faces_beyond_all_that_were_seen_are_treated_like_the_last_of_these():
    assert kinds().places(np.array([5.0, -5.0, 0])).tolist() == [1, -1]


def test_the_shipped_kinds_keep_impostors_of_any_embedding_in_bounds(models):
    generator = np.random.default_rng(1)
    vectors = unit(generator.normal(size=(20, SIZE))).astype(np.float32)
    for first, second in pairwise([*vectors, np.zeros(SIZE, np.float32)]):
        for found in (impostors(first, second), strangers(first)):
            assert -1 < found.base < 1
            assert 0 < found.spread < 0.1
            assert found.similarity_at(0.01) < found.similarity_at(0.0001) < found.similarity_at(1e-8)


def test_the_shipped_axes_are_square_to_each_other(models):
    shipped = Kinds.read(sessions.read("kinds"))
    assert shipped.axes.T @ shipped.axes == pytest.approx(np.eye(shipped.axes.shape[1]), abs=1e-4)
