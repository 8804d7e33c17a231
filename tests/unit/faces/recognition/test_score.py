"""The scale of scores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.faces.recognition.score import THRESHOLDS, decades, score, score_at

rarities = st.floats(0, 60)


@pytest.mark.parametrize(
    ("rate", "expected"),
    [(1, 0), (0.1, 35), (0.01, 70), (0.001, 80), (0.0001, 90), (1e-5, 95), (1e-6, 96.667), (1e-8, 98), (1e-12, 98.889)],
)
def test_the_documented_scores(rate, expected):
    assert score_at(rate) == pytest.approx(expected, abs=0.001)


def test_the_thresholds_are_the_scores_of_their_rates():
    assert {rate: score_at(float(rate)) for rate in THRESHOLDS} == pytest.approx(dict(THRESHOLDS))


@given(rarities, st.floats(0.01, 5))
def test_what_is_rarer_scores_more_and_never_100(rare, by):
    assert 0 <= score(rare) < score(rare + by) < 100


@given(st.floats(0, 99.8))
def test_a_score_tells_its_rate(value):
    assert score(decades(value)) == pytest.approx(value)


def test_genuine_pairs_keep_apart_at_two_decimals():
    scores = [round(score(each), 2) for each in (6, 7, 8, 9, 10, 12, 15, 20)]
    assert len(set(scores)) == len(scores)
