"""The assignment of faces to training and checking, and the meaning of labels."""

import csv

import numpy as np
import pytest

from training.attributes import labels, people
from training.attributes.held_back import cells
from training.attributes.logistic import Logistic
from training.attributes.samples import COLUMN


def turned(degrees: float) -> np.ndarray:
    return np.array([np.cos(np.radians(degrees)), np.sin(np.radians(degrees))])


def test_faces_alike_or_linked_by_others_are_one_persons():
    vectors = np.stack([turned(0), turned(15), turned(30), turned(90), turned(180)])
    groups = people.groups(vectors, np.full(5, np.cos(np.radians(20))), 6, [(3, 5)])
    assert len({groups[0], groups[1], groups[2]}) == 1
    assert groups[3] == groups[5]
    assert len(set(groups.tolist())) == 3


def test_of_two_faces_the_one_that_asks_for_more_decides():
    vectors = np.stack([turned(0), turned(15)])
    assert len(set(people.groups(vectors, np.array([0.9, 0.9]), 2, []).tolist())) == 1
    assert len(set(people.groups(vectors, np.array([0.9, 0.99]), 2, []).tolist())) == 2


def test_a_logistic_regression_finds_the_odds_that_made_its_data():
    random = np.random.default_rng(0)
    numbers = random.normal(size=(20_000, 2))
    odds = 1.5 * numbers[:, 0] - 0.5 * numbers[:, 1] - 1
    fitted = Logistic.fit(numbers, random.random(20_000) < 1 / (1 + np.exp(-odds)))
    assert fitted.slopes == pytest.approx([1.5, -0.5], abs=0.08)
    assert fitted.offset == pytest.approx(-1, abs=0.08)


def test_labels_made_by_looking_name_no_file_and_answer_known_questions():
    with labels.LOOKED.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 1000
    assert {row["question"] for row in rows} <= set(COLUMN)
    assert {row["answer"] for row in rows} == {"0", "1"}
    assert all(len(row["digest"]) == 16 and int(row["digest"], 16) >= 0 for row in rows)


def test_answers_become_the_values_of_the_api():
    said = {"smile": 1.0, "glasses": 1.0, "respirator": 0.0, "bald": 0.0, "mustache": 1.0}
    assert cells(said) == {
        "smile": "Smile",
        "glasses": "Wear|Sunglass",
        "respirator": "None",
        "mustache": "Has",
        "hairstyle": "Long|Short",
    }
    assert cells({"glasses": 1.0, "sunglasses": 1.0}) == {"glasses": "Sunglass"}
    assert cells({"glasses": 1.0, "sunglasses": 0.0}) == {"glasses": "Wear"}
