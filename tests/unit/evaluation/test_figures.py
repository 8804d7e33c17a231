"""Error rates and their intervals, on hand-made similarities."""

import numpy as np
import pytest

from evaluation import trials
from evaluation.embeddings import Gallery
from evaluation.figures import SAMPLES, Figures, measure, pairs_needed, remarks
from evaluation.metrics import Pairs, Shares, accuracy, all_pairs, draws, interval
from evaluation.scale import Scale
from evaluation.trials import Compared, Folded, Trials

SCALE = Scale(
    table=lambda first, second: first @ second.T,
    pairs=lambda first, second: np.einsum("nd,nd->n", first, second),
    score=lambda value: 50 + 50 * value,
    value=lambda score: (score - 50) / 50,
    thresholds={"0.01": 70.0, "0.001": 80.0},
)
"""Thresholds at similarities of 0.4 and 0.6."""


def pairs(similarity: list[float], first: list[int], second: list[int], people: int) -> Pairs:
    order = np.argsort(-np.array(similarity), kind="stable")
    owners = [np.array(values, int)[order] for values in (first, second)]
    return Pairs(*owners, np.array(similarity)[order], people=people, total=len(order))


def genuine(similarity: list[float], owner: list[int], people: int) -> Pairs:
    return pairs(similarity, owner, owner, people)


def strangers(similarity: list[float], people: int) -> Pairs:
    """The first pairs of different people."""
    first, second = np.triu_indices(people, 1)
    return pairs(similarity, first[: len(similarity)], second[: len(similarity)], people)


def measured(genuine_pairs: Pairs, impostors: Pairs, folded: Folded | None = None) -> Figures:
    compared = [Compared(each, np.zeros((each.total, 2), int)) for each in (genuine_pairs, impostors)]
    return measure(Trials("everybody", *compared, folded, ()), SCALE)


def row(figures: Figures, score: float):
    return next(row for row in figures.thresholds if row.score == score)


def test_rates_at_a_threshold_are_the_shares_counted_by_hand():
    figures = measured(genuine([0.9, 0.6, 0.59, 0.2], [0, 0, 1, 2], 4), strangers([0.7, 0.6, 0.3, 0.1, 0.0], 4))
    at_80 = row(figures, 80)
    assert (at_80.false_match_rate.value, at_80.false_matches) == (pytest.approx(2 / 5), 2)
    assert (at_80.false_non_match_rate.value, at_80.false_non_matches) == (pytest.approx(2 / 4), 2)
    assert at_80.stated_rate == 0.001
    assert row(figures, 75).stated_rate is None


def rejections(qualities: list[tuple[float, float]], similarity: list[float], owner: list[int], people: int):
    """Genuine pairs, most similar first, each of two images of these qualities; the threshold is 0.6."""
    images = np.arange(2 * len(qualities)).reshape(-1, 2)
    of_one = Compared(genuine(similarity, owner, people), images)
    of_two = Compared(strangers([0.0], people), np.zeros((1, 2), int))
    quality = np.array(qualities, float).ravel()
    return measure(Trials("everybody", of_one, of_two, None, (), quality), SCALE).rejections


def test_refused_pairs_of_the_worst_quality_do_not_count():
    # Twenty pairs; the two of the worst quality fail, and one of good quality.
    qualities = [(90, 80)] * 18 + [(90, 10), (20, 95)]
    found = rejections(qualities, [0.9] * 17 + [0.4, 0.3, 0.2], list(range(20)), 20)
    assert [each.refused for each in found] == [0, 0.05, 0.1, 0.2]
    values = [each.false_non_match_rate.value for each in found]
    assert values == [pytest.approx(share) for share in (3 / 20, 2 / 19, 1 / 18, 1 / 18)]
    assert [each.quality for each in found] == [10, pytest.approx(19.5), pytest.approx(74), 80]


def test_a_pair_has_the_quality_of_its_worse_image():
    found = rejections([(99, 50), (60, 60)] * 10, [0.9, 0.9] * 10, list(range(20)), 20)
    assert found[0].quality == 50


def test_without_qualities_or_genuine_pairs_there_is_no_rejection_curve():
    assert measured(genuine([0.9], [0], 2), strangers([0.1], 2)).rejections == []
    assert rejections([], [], [], 2) == []


def test_the_true_accept_rate_lets_no_more_strangers_pass_than_the_rate():
    strangers_first = np.linspace(0.9, -0.9, 300)
    figures = measured(genuine([0.95, 0.895, 0.885, 0.0], [0, 1, 2, 3], 25), strangers(strangers_first.tolist(), 25))
    point = figures.operating_points[0]
    assert point.rate == 0.01
    assert point.score == pytest.approx(SCALE.score(strangers_first[3]))
    # three strangers of 300 may pass: the cut lies at the fourth, 0.8819
    assert point.true_accept_rate.value == pytest.approx(3 / 4)


@pytest.mark.parametrize(("number", "supported"), [(299, []), (300, [0.01]), (2999, [0.01]), (3000, [0.01, 0.001])])
def test_a_rate_needs_three_over_rate_pairs(number, supported):
    figures = measured(genuine([0.9, 0.8], [0, 1], 100), strangers(np.linspace(0.5, -0.5, number).tolist(), 100))
    assert [point.rate for point in figures.operating_points if point.true_accept_rate] == supported
    told = remarks(figures)[0].text
    assert f"{number:,} impostor pairs are too few" in told
    assert all(f"({pairs_needed(rate):,} needed)" in told for rate in (1e-3, 1e-4, 1e-5) if rate not in supported)


def test_intervals_come_from_people_not_from_pairs():
    # one person of twenty fails in all of ten pairs: 5 % of pairs, but it might as well be three people or none
    owner = np.repeat(np.arange(20), 10)
    similarity = np.where(owner == 0, 0.1, 0.9)
    figures = measured(genuine(similarity.tolist(), owner.tolist(), 20), strangers([0.0], 20))
    found = row(figures, 80).false_non_match_rate
    generator = np.random.default_rng(0)
    over_pairs = interval(np.array([np.mean(generator.choice(similarity, 200) < 0.6) for _ in range(SAMPLES)]))
    assert found.value == pytest.approx(0.05)
    assert (found.low, found.high) == pytest.approx((0.0, 0.15), abs=0.011)
    assert over_pairs == pytest.approx((0.02, 0.085), abs=0.011)


def test_a_pair_counts_as_often_as_its_people_were_drawn():
    impostors = pairs([0.9, 0.5, 0.1], [0, 0, 1], [1, 2, 2], 3)
    shares = Shares.of(impostors, np.array([2, 1, 0]))
    # persons 0 and 1 make the only pair left, twice
    assert shares.whole == 2
    assert shares.reaching(np.array([0.95, 0.9, 0.0])).tolist() == [0, 1, 1]
    assert shares.above(np.array([0.9])).tolist() == [0]


def test_shares_are_of_all_pairs_if_only_the_most_similar_are_stored():
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(60, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    whole, held = all_pairs(vectors, 1.0), all_pairs(vectors, 0.1)
    assert held.similarity.size == 177 < whole.similarity.size == whole.total == held.total == 1770
    for counts in [np.ones(60, int), *draws(60, 3, seed=2)]:
        one, other = Shares.of(whole, counts), Shares.of(held, counts)
        cuts = held.similarity[[0, 20, 176]].astype(float)
        assert other.reaching(cuts) == pytest.approx(one.reaching(cuts))
        assert other.cut(np.array([0.01, 0.05])) == pytest.approx(one.cut(np.array([0.01, 0.05])))
    assert np.isnan(other.reaching(np.array([held.similarity[-1] - 0.01])))


def test_shares_are_of_the_people_that_make_the_impostor_pairs(monkeypatch):
    monkeypatch.setattr(trials, "MOST_PEOPLE", 20)
    monkeypatch.setattr(trials, "_HELD", 100)
    vectors = np.random.default_rng(1).normal(size=(60, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = tuple(f"{number:02}/1.jpg" for number in range(60))
    gallery = Gallery(names, names, np.arange(60), vectors, np.zeros((60, 4)), np.zeros(60), (), (), ())
    impostors = trials.of_everybody(gallery, SCALE).impostors.pairs
    shares = Shares.of(impostors, np.ones(60, int))
    assert shares.whole == impostors.total == 20 * 19 // 2
    assert shares.reaching(impostors.similarity[[18]]) == 0.1


def test_without_errors_the_rule_of_three_bounds_the_rate():
    figures = measured(genuine([0.9] * 40, list(range(40)), 40), strangers([0.0] * 400, 40))
    at_80 = row(figures, 80)
    assert (at_80.false_match_rate.value, at_80.false_match_rate.high) == (0, 3 / 400)
    # forty people: that is what is independent
    assert (at_80.false_non_match_rate.value, at_80.false_non_match_rate.high) == (0, 3 / 40)
    accepted = figures.operating_points[0].true_accept_rate
    assert (accepted.value, accepted.low) == (1, 1 - 3 / 40)


def test_accuracy_takes_each_folds_threshold_from_the_others():
    similarity = np.array([0.9, 0.2, 0.8, 0.1, 0.5, 0.6])
    same = np.array([True, False] * 3)
    fold = np.array([0, 0, 1, 1, 2, 2])
    # fold 2 is judged at (0.8 + 0.2) / 2: right about 0.5, wrong about the stranger's 0.6. The others are judged at
    # 0.75 and 0.7, the middle between the stranger and the next genuine pair, and are right.
    assert accuracy(similarity, same, fold) == pytest.approx(5 / 6)


def test_accuracy_is_measured_on_the_folds():
    scored = genuine([0.9] * 20, list(range(20)), 20)
    others = pairs([0.1] * 20, list(range(20)), [place ^ 1 for place in range(20)], 20)
    both = Pairs(
        np.concatenate([scored.first, others.first]),
        np.concatenate([scored.second, others.second]),
        np.concatenate([scored.similarity, others.similarity]),
        20,
        40,
    )
    figures = measured(scored, others, Folded(both, np.tile(np.arange(20) // 2, 2)))
    assert (figures.accuracy.value, figures.folds) == (1, 10)
    assert figures.accuracy.low == pytest.approx(1 - 3 / 20)


def test_without_strangers_or_without_genuine_pairs_the_other_kind_is_still_measured():
    nobody = pairs([], [], [], 3)
    alone = measured(genuine([0.9, 0.1, 0.9], [0, 0, 1], 3), nobody)
    assert row(alone, 80).false_match_rate is None
    assert row(alone, 80).false_non_match_rate.value == pytest.approx(1 / 3)
    assert "false matches cannot be measured" in remarks(alone)[0].text
    apart = measured(nobody, strangers([0.9, 0.1, 0.1], 3))
    assert row(apart, 80).false_non_match_rate is None
    assert row(apart, 80).false_match_rate.value == pytest.approx(1 / 3)
    assert "false non-matches cannot be measured" in remarks(apart)[0].text


def test_the_curve_runs_from_what_the_pairs_support_and_never_rises():
    generator = np.random.default_rng(0)
    similar, apart = generator.normal(0.6, 0.2, 400), generator.normal(0.0, 0.2, 3000)
    figures = measured(genuine(similar.tolist(), list(range(100)) * 4, 100), strangers(apart.tolist(), 100))
    rates = np.array([rate.value for rate in figures.curve.false_non_match_rate])
    assert figures.curve.false_match_rate[0] == pytest.approx(0.001)
    assert figures.curve.false_match_rate[-1] == pytest.approx(0.5)
    assert all(np.diff(rates) <= 0)
    assert rates[0] > 0.1
    assert all(rate.low <= rate.value <= rate.high for rate in figures.curve.false_non_match_rate)
