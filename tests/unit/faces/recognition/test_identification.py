"""Thresholds and scores of a 1:N search."""

from math import expm1, log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.faces.recognition.compare import compare_embeddings
from visage.faces.recognition.embed import SIZE, unit
from visage.faces.recognition.identification import hit_scores, per_face, search_thresholds

RATES = ("0.01", "0.001", "0.0001")

sizes = st.integers(1, 10**8)


@given(st.floats(1e-6, 0.5), sizes)
def test_as_many_independent_comparisons_fail_at_the_rate_of_the_search(rate, faces):
    # 1 - (1 - f)^n, without the digits that 1 - f loses of a small f
    assert -expm1(faces * log1p(-per_face(rate, faces))) == pytest.approx(rate, rel=1e-3)


@pytest.mark.parametrize("faces", [0, 1])
def test_a_group_of_one_or_none_has_the_thresholds_of_a_comparison(faces):
    assert search_thresholds(faces) == {"0.01": 70, "0.001": 80, "0.0001": 90}


def test_a_larger_group_and_a_lower_rate_have_higher_thresholds():
    tables = [search_thresholds(faces) for faces in (1, 10, 1000, 10**5, 10**7)]
    for small, large in zip(tables, tables[1:], strict=False):
        assert all(0 <= small[rate] < large[rate] < 100 for rate in RATES)
    assert all(table["0.01"] < table["0.001"] < table["0.0001"] for table in tables)


def test_a_group_of_ten_asks_of_a_search_a_tenth_of_its_rate():
    assert search_thresholds(10)["0.01"] == pytest.approx(80, abs=0.05)
    assert search_thresholds(100)["0.01"] == pytest.approx(90, abs=0.05)


def test_scores_of_hits_are_those_of_pairs_and_fall_with_the_similarity(models):
    generator = np.random.default_rng(3)
    probe = unit(generator.normal(size=SIZE)).astype(np.float32)
    hits = unit(probe + generator.uniform(0.02, 0.2, (40, 1)) * generator.normal(size=(40, SIZE))).astype(np.float32)
    hits = hits[np.argsort(-(hits @ probe))]
    scores = hit_scores(probe, hits)
    alone = [compare_embeddings(probe, hit).score for hit in hits]
    assert scores[0] == alone[0]
    assert all(np.diff(scores) <= 0)
    assert all(score == min(alone[: place + 1]) for place, score in enumerate(scores))
