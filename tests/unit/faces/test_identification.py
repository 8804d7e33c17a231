"""Thresholds for a search in a group."""

import json
from math import expm1, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.faces import sessions
from visage.faces.embed import SIZE, unit
from visage.faces.identification import per_face, search_thresholds

RATES = ("0.01", "0.001", "0.0001")
PROBES = unit(np.random.default_rng(0).normal(size=(4, SIZE))).astype(np.float32)

sizes = st.integers(1, 10**8)
pytestmark = pytest.mark.usefixtures("models")


@given(st.floats(1e-6, 0.5), sizes)
def test_as_many_independent_comparisons_fail_at_the_rate_of_the_search(rate, faces):
    # 1 - (1 - f)^n, without the digits that 1 - f loses of a small f
    assert -expm1(faces * log1p(-per_face(rate, faces))) == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("probe", [None, *PROBES])
def test_a_larger_group_and_a_lower_rate_have_higher_thresholds(probe):
    tables = [search_thresholds(faces, probe) for faces in (1, 10, 1000, 10**5, 10**7)]
    for small, large in zip(tables, tables[1:], strict=False):
        assert all(0 <= small[rate] <= large[rate] <= 100 for rate in RATES)
    assert all(table["0.01"] <= table["0.001"] <= table["0.0001"] for table in tables)


@pytest.mark.parametrize("probe", [None, *PROBES])
def test_a_group_of_none_has_the_thresholds_of_one_face(probe):
    assert search_thresholds(0, probe) == search_thresholds(1, probe)


def test_a_group_of_ten_asks_of_a_search_about_a_tenth_of_its_rate():
    assert search_thresholds(10)["0.01"] == pytest.approx(search_thresholds(1)["0.001"], abs=0.1)


def test_probes_that_are_harder_to_tell_apart_have_higher_thresholds():
    assert len({search_thresholds(100, probe)["0.01"] for probe in PROBES}) > 1


def test_strangers_were_found_about_as_often_as_stated_among_people_whom_the_fit_had_not_seen():
    document = json.loads(sessions.read("calibration"))["false_positive_identification_rates"]
    for search in document["searches"]:
        low, high = search["interval"]
        assert low <= search["measured"] <= high
        assert low <= 2 * search["stated"] and high >= search["stated"] / 3, search
