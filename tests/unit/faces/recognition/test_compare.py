"""From two embeddings to a score."""

import json

import numpy as np
import pytest

from visage.errors import Reason, VisageError
from visage.faces import sessions
from visage.faces.recognition.compare import compare, compare_embeddings
from visage.faces.recognition.embed import SIZE, unit
from visage.faces.recognition.impostors import PHOTOS, ImageType, impostors
from visage.faces.recognition.score import score

RATES = {"0.01": 70, "0.001": 80, "0.0001": 90}
VECTORS = unit(np.random.default_rng(0).normal(size=(6, SIZE))).astype(np.float32)
CHIP = (ImageType.PHOTO, ImageType.CHIP)


def between(first: np.ndarray, second: np.ndarray, share: float) -> np.ndarray:
    return unit((1 - share) * first + share * second)


@pytest.mark.parametrize("types", [PHOTOS, CHIP, CHIP[::-1]])
def test_every_pair_has_the_same_thresholds(models, types):
    for first in VECTORS:
        for second in VECTORS:
            assert compare_embeddings(first, second, types).thresholds == RATES


def test_the_score_is_the_pairs_rate(models):
    first, second = VECTORS[:2]
    found = compare_embeddings(first, second)
    assert found.score == pytest.approx(score(impostors(first, second).decades(float(first @ second))))


@pytest.mark.parametrize("types", [PHOTOS, CHIP])
def test_which_image_comes_first_is_no_matter(models, types):
    one = compare_embeddings(VECTORS[0], VECTORS[1], types)
    other = compare_embeddings(VECTORS[1], VECTORS[0], types[::-1])
    assert one.score == pytest.approx(other.score, abs=1e-4)


def test_an_image_scores_with_itself_as_hardly_any_two_people_do(models):
    for vector in VECTORS:
        assert compare_embeddings(vector, vector).score > 95


def test_the_nearer_two_faces_the_higher_the_score(models):
    scores = [compare_embeddings(VECTORS[0], between(*VECTORS[:2], share)).score for share in np.linspace(1, 0, 12)]
    assert all(np.diff(scores) > 0)


def test_the_calibration_says_what_it_was_made_of(models):
    document = json.loads(sessions.read("calibration"))
    assert document["command"]
    assert set(document["pairs"]) == {"FacePic-FacePic", "FacePic-IDPic"}


def test_an_image_without_a_face_is_named(models):
    grey = np.full((200, 300, 3), 128, np.uint8)
    with pytest.raises(VisageError, match="source image") as raised:
        compare(grey, grey)
    assert raised.value.reason is Reason.NO_FACE
