"""From a similarity to a score with thresholds."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.errors import Reason, VisageError
from visage.faces import sessions
from visage.faces.compare import Calibration, compare

RATES = {"0.01": 70, "0.001": 80, "0.0001": 90}


@pytest.fixture
def shipped(models) -> Calibration:
    return Calibration.read(sessions.read("calibration"))


def test_the_scale_runs_from_0_to_100_and_always_rises(shipped):
    assert (shipped.similarities[0], shipped.similarities[-1]) == (-1, 1)
    assert (shipped.scores[0], shipped.scores[-1]) == (0, 100)
    assert all(np.diff(shipped.similarities) > 0)
    assert all(np.diff(shipped.scores) > 0)


def test_the_thresholds_lie_near_70_80_and_90(shipped):
    assert shipped.thresholds.keys() == RATES.keys()
    assert shipped.thresholds == pytest.approx(RATES, abs=1)


def test_a_similarity_at_a_measured_threshold_scores_that_threshold(models, shipped):
    measured = json.loads(sessions.read("calibration"))["thresholds"]
    for rate, threshold in shipped.thresholds.items():
        assert shipped.score(measured[rate]["similarity"]) == pytest.approx(threshold, abs=0.01)


def test_the_intervals_hold_their_thresholds_and_the_sample_sizes_are_told(models):
    document = json.loads(sessions.read("calibration"))
    assert min(document[name] for name in ("people", "impostor_pairs", "genuine_pairs")) > 0
    for threshold in document["thresholds"].values():
        for name in ("score", "similarity", "true_accept_rate"):
            low, high = threshold[f"{name}_interval"]
            assert low <= threshold[name] <= high
            assert low < high


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_a_greater_similarity_never_scores_less(first, second):
    calibration = Calibration((-1, 0.2, 0.5, 1), (0, 10, 80, 100), {})
    low, high = sorted((first, second))
    assert 0 <= calibration.score(low) <= calibration.score(high) <= 100


def test_between_knots_the_score_is_linear():
    calibration = Calibration((-1, 0.2, 0.5, 1), (0, 10, 80, 100), {})
    assert calibration.score(0.35) == pytest.approx(45)


def test_an_image_without_a_face_is_named(models):
    grey = np.full((200, 300, 3), 128, np.uint8)
    with pytest.raises(VisageError, match="source image") as raised:
        compare(grey, grey)
    assert raised.value.reason is Reason.NO_FACE
