"""From a similarity to a score with thresholds."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visage.errors import Reason, VisageError
from visage.faces import sessions
from visage.faces.compare import Calibration, compare, compare_embeddings
from visage.faces.embed import SIZE, unit
from visage.faces.impostors import ImageType

RATES = {"0.01": 70, "0.001": 80, "0.0001": 90}
VECTORS = unit(np.random.default_rng(0).normal(size=(6, SIZE))).astype(np.float32)


@pytest.fixture
def shipped(models) -> Calibration:
    return Calibration.read(sessions.read("calibration"))


def test_the_scale_runs_from_0_to_100_and_always_rises(shipped):
    assert (shipped.similarities[0], shipped.similarities[-1]) == (-1, 1)
    assert (shipped.scores[0], shipped.scores[-1]) == (0, 100)
    assert all(np.diff(shipped.similarities) > 0)
    assert all(np.diff(shipped.scores) > 0)


def test_a_usual_pairs_thresholds_are_70_80_and_90(shipped):
    assert shipped.thresholds == RATES
    entry = json.loads(sessions.read("calibration"))["pairs"]["FacePic-FacePic"]
    for rate, threshold in entry["thresholds"].items():
        if rate in RATES:
            similarity = entry["usual"]["base"] + entry["usual"]["spread"] * threshold["excess"]
            assert shipped.score(similarity) == pytest.approx(RATES[rate], abs=0.02)


def test_the_intervals_hold_their_figures_and_the_sample_sizes_are_told(models):
    document = json.loads(sessions.read("calibration"))
    assert min(*document["people"].values(), *document["genuine"].values()) > 0
    for entry in document["pairs"].values():
        for threshold in entry["thresholds"].values():
            for name in ("excess", "true_accept_rate"):
                low, high = threshold[f"{name}_interval"]
                assert low <= threshold[name] <= high
        for population in entry.get("false_match_rates", {}).values():
            assert population["people"] > 0 and population["pairs"] > 0
            for rate in population["false_match_rate"].values():
                low, high = rate["interval"]
                assert low <= rate["measured"] <= high


@pytest.mark.parametrize("types", [("FacePic", "FacePic"), ("FacePic", "IDPic"), ("IDPic", "FacePic")])
def test_every_pair_has_thresholds_of_its_own_that_rise_as_the_rate_falls(models, types):
    kinds = tuple(map(ImageType, types))
    found = [compare_embeddings(first, second, kinds).thresholds for first in VECTORS for second in VECTORS]
    assert all(0 < each["0.01"] < each["0.001"] < each["0.0001"] <= 100 for each in found)
    assert len({each["0.001"] for each in found}) > 3


@pytest.mark.parametrize(("first", "second"), [(ImageType.PHOTO, ImageType.PHOTO), (ImageType.PHOTO, ImageType.CHIP)])
def test_which_image_comes_first_is_no_matter(models, first, second):
    one = compare_embeddings(VECTORS[0], VECTORS[1], (first, second))
    other = compare_embeddings(VECTORS[1], VECTORS[0], (second, first))
    assert one.score == other.score
    assert one.thresholds == pytest.approx(other.thresholds, abs=0.011)


def test_a_chip_portrait_changes_the_thresholds_and_not_the_score(models):
    photos = compare_embeddings(*VECTORS[:2])
    chip = compare_embeddings(*VECTORS[:2], (ImageType.PHOTO, ImageType.CHIP))
    assert photos.score == chip.score
    assert photos.thresholds != chip.thresholds


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
