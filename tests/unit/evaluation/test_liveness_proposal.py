"""The thresholds that are proposed for a deployment's own cameras."""

import numpy as np
import pytest

from evaluation.liveness.figures import LIVE, Presentations
from evaluation.liveness.proposal import propose


def shown(live: np.ndarray, attacks: tuple[float, ...] = ()) -> Presentations:
    rate = np.concatenate([live, attacks])
    instrument = np.array([LIVE] * len(live) + ["screen"] * len(attacks))
    return Presentations(rate, instrument, np.arange(len(rate)))


def drawn(count: int, seed: int) -> np.ndarray:
    return np.round(100 * np.random.default_rng(seed).beta(1, 6, count), 2)


def test_fifty_live_photos_give_a_threshold_that_further_ones_reach_as_seldom_as_wanted():
    further = drawn(100_000, 1)
    reached = []
    for seed in range(2, 202):
        review, block = propose(shown(drawn(50, seed)), 0.05).thresholds
        assert (review.parameter, block.parameter) == ("LivenessReview", "LivenessBlock")
        assert review.value <= block.value
        reached.append((further >= review.value).mean())
        assert review.expected.low < review.expected.value < 0.05 < review.expected.high
    assert 0.03 < np.mean(reached) < 0.05
    assert np.mean((np.array(reached) > review.expected.low) & (np.array(reached) < review.expected.high)) > 0.9


def test_many_photos_give_what_is_wanted_and_a_fifth_of_it_is_blocked():
    live, further = drawn(20_000, 1), drawn(100_000, 2)
    review, block = propose(shown(live), 0.1).thresholds
    assert (further >= review.value).mean() == pytest.approx(0.1, abs=0.01)
    assert (further >= block.value).mean() == pytest.approx(0.02, abs=0.004)


def test_a_rate_at_the_threshold_is_reviewed_so_the_threshold_lies_above_the_photo():
    live = np.append(np.linspace(1, 20, 18), 30.0)
    (review, _) = propose(shown(live), 0.05).thresholds
    assert review.value == 30.01


def test_attacks_do_not_affect_thresholds_and_are_counted():
    live = drawn(60, 1)
    bare, attacked = propose(shown(live), 0.05), propose(shown(live, (0.0, 100.0, 100.0, 100.0)), 0.05)
    assert bare.thresholds == attacked.thresholds
    assert bare.rows == ()
    assert attacked.rows[0].error.value == 0.25


def test_too_few_photos_or_too_high_ones_give_no_threshold_but_a_reason():
    few, high = propose(shown(drawn(18, 1)), 0.05), propose(shown(np.full(60, 100.0)), 0.05)
    assert few.thresholds == high.thresholds == ()
    assert "At least 19 live photos" in few.refusal
    assert "the highest possible rate" in high.refusal
    assert few.refusal in "\n".join(few.summary())


def test_the_summary_says_what_to_deploy():
    lines = list(propose(shown(drawn(60, 1), (50.0,)), 0.05).summary())
    assert lines[0].strip() == "For these cameras, by 60 live photos of 60 people:"
    assert lines[-1].split()[:2] == ["Deploy", "with:"]
    assert [each.partition("=")[0] for each in lines[-1].split()[2:]] == ["LivenessReview", "LivenessBlock"]
    assert all(len(line) < 80 for line in lines)
