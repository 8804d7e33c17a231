"""Thresholds for a search in a group."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.faces import sessions
from visage.faces.compare import Calibration, calibration
from visage.faces.identification import Tail, per_face, search_thresholds, thresholds_of

SCALE = Calibration((-1.0, 0.9, 1.0), (0.0, 90.0, 100.0), {"0.01": 70.0, "0.001": 80.0, "0.0001": 90.0})
BOUNDED = Tail(rate=1e-4, similarity=0.9, scale=0.01, shape=-0.1)

sizes = st.integers(1, 10**8)
shapes = st.floats(-0.5, 0.5).filter(lambda shape: abs(shape) > 1e-6)


@given(st.floats(1e-6, 0.5), sizes)
def test_as_many_independent_comparisons_fail_at_the_rate_of_the_search(rate, faces):
    assert 1 - (1 - per_face(rate, faces)) ** faces == pytest.approx(rate, rel=1e-3)


@given(sizes, sizes, shapes)
def test_a_larger_group_has_higher_thresholds(first, second, shape):
    small, large = sorted((first, second))
    tail = Tail(1e-4, 0.9, 0.01, shape)
    low, high = (thresholds_of(SCALE, tail, size) for size in (small, large))
    assert all(0 <= low[rate] <= high[rate] <= 100 for rate in SCALE.thresholds)


@given(sizes, shapes)
def test_a_lower_rate_has_a_higher_threshold(faces, shape):
    found = thresholds_of(SCALE, Tail(1e-4, 0.9, 0.01, shape), faces)
    assert found["0.01"] <= found["0.001"] <= found["0.0001"]


@pytest.mark.parametrize("faces", [0, 1])
def test_a_group_of_one_face_or_none_has_the_thresholds_of_a_comparison(faces):
    assert thresholds_of(SCALE, BOUNDED, faces) == pytest.approx(SCALE.thresholds, abs=0.01)


def test_rates_that_were_counted_follow_the_scale():
    assert thresholds_of(SCALE, BOUNDED, 10)["0.01"] == pytest.approx(80, abs=0.05)


def test_the_tail_begins_where_counting_ends():
    assert BOUNDED.similarity_at(1e-4) == pytest.approx(0.9)
    assert 0.9 < BOUNDED.similarity_at(1e-6) < BOUNDED.similarity_at(1e-9) < 0.9 + 0.01 / 0.1


def test_beyond_the_scale_the_threshold_is_its_end():
    endless = Tail(rate=1e-4, similarity=0.9, scale=0.05, shape=0.2)
    assert thresholds_of(SCALE, endless, 10**6)["0.0001"] == 100


def test_the_shipped_tail_meets_the_shipped_thresholds(models):
    assert search_thresholds(1) == pytest.approx(calibration().thresholds, abs=0.01)
    hundred, million = search_thresholds(100), search_thresholds(10**6)
    assert hundred["0.01"] == pytest.approx(90, abs=0.1)
    assert 90 < hundred["0.001"] < million["0.001"] < 100


def test_strangers_were_found_as_often_as_stated_among_people_whom_the_fit_had_not_seen(models):
    document = json.loads(sessions.read("calibration"))["false_positive_identification_rates"]
    for search in document["searches"]:
        low, high = search["interval"]
        assert low <= search["measured"] <= high
        assert low <= search["stated"] <= high, search
