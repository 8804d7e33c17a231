"""The format of a user's labels, and the figures computed from them."""

from pathlib import Path

import numpy as np
import pytest

from evaluation.attributes.evaluate import evaluate
from evaluation.attributes.figures import balanced, measure, reliabilities, reliability, wilson
from evaluation.attributes.labels import Labelled, estimates, read_labels
from evaluation.collection import InputError
from visage.faces.appearance.attributes import QUESTIONS, Estimate, compose


def labels_file(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def labelled(attribute: str, *truths: str) -> list[Labelled]:
    return [Labelled(f"{row}.jpg", {attribute: frozenset(truth.split("|"))}) for row, truth in enumerate(truths)]


def stated(attribute: str, *values: str, rate: float = 0.9) -> dict[str, dict[str, Estimate]]:
    return {f"{row}.jpg": {attribute: Estimate(value, rate)} for row, value in enumerate(values)}


def test_labels_are_read_and_empty_cells_are_unknown(tmp_path):
    text = "\ufefffile,glasses,age,smile\na/1.jpg,Wear,30,Smile\n./a/2.jpg, Wear | Sunglass ,,\n3.jpg,,,None\n"
    assert read_labels(labels_file(tmp_path, text)) == [
        Labelled("a/1.jpg", {"glasses": frozenset({"Wear"}), "smile": frozenset({"Smile"})}),
        Labelled("a/2.jpg", {"glasses": frozenset({"Wear", "Sunglass"})}),
        Labelled("3.jpg", {"smile": frozenset({"None"})}),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must have the column file and at least one of smile, glasses"),
        ("file,age\n1.jpg,30\n", "must have the column file and at least one of smile, glasses"),
        ("image,hat\n1.jpg,Wear\n", "must have the column file"),
        ("file,hat\n", "contains no labels"),
        ("file,hat\n1.jpg,\n", "contains no labels"),
        ("file,hat\n1.jpg,Wear\n2.jpg,yes\n", "line 3: hat must be None, Wear or empty, not 'yes'"),
        ("file,hat\n,Wear\n", "line 2: a label needs a file"),
    ],
)
def test_labels_that_cannot_be_read_are_refused_in_one_sentence(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_labels(labels_file(tmp_path, text))


def test_a_missing_or_binary_labels_file_is_refused(tmp_path):
    (tmp_path / "labels.csv").write_bytes(b"file,hat\n\xff\xfe,Wear\n")
    with pytest.raises(InputError, match="is not a CSV file in UTF-8"):
        read_labels(tmp_path / "labels.csv")
    with pytest.raises(InputError, match="Cannot read .*absent.csv"):
        read_labels(tmp_path / "absent.csv")


def test_labels_without_an_image_of_the_folder_are_refused(tmp_path):
    labels = labels_file(tmp_path, "file,hat\nelsewhere.jpg,Wear\n")
    with pytest.raises(InputError, match="lists no image of"):
        evaluate(tmp_path, labels, "largest", "0", workers=1)
    with pytest.raises(InputError, match="The folder .* does not exist"):
        evaluate(tmp_path / "absent", labels, "largest", "0", workers=1)


def test_a_smile_counts_from_a_degree_of_a_half():
    nothing = dict.fromkeys(QUESTIONS, 0.0)
    assert estimates(compose(nothing | {"smile": 0.8}, 0.5))["smile"] == Estimate("Smile", 0.8)
    assert estimates(compose(nothing | {"smile": 0.2}, 0.4))["smile"] == Estimate("None", 0.8)


def test_wilsons_interval_is_the_published_one():
    """Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20."""
    for hits, total, low, high in ((81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)):
        share = wilson(hits, total)
        assert (share.value, share.low, share.high) == pytest.approx((hits / total, low, high), abs=5e-5)
    none, most = wilson(0, 48), wilson(9, 10)
    assert (none.low, none.high) == (0, pytest.approx(0.0741, abs=1e-3))
    assert (most.low, most.high) == (pytest.approx(0.596, abs=1e-3), pytest.approx(0.982, abs=1e-3))
    assert wilson(0, 0) is None


def test_the_mean_of_two_shares_has_a_narrower_interval_than_either():
    first, second = wilson(45, 50), wilson(90, 100)
    both = balanced(first, second)
    assert both.value == pytest.approx(0.9)
    assert first.low < both.low < both.value < both.high < first.high
    assert balanced(first, None) is None


def test_both_kinds_weigh_the_same_however_rare():
    truth = labelled("hat", "Wear", "Wear", *["None"] * 8)
    (row,) = measure(truth, stated("hat", "Wear", *["None"] * 9))
    assert (row.name, row.yes, row.no) == ("hat", 2, 8)
    assert (row.found.value, row.spared.value, row.balanced_accuracy.value) == (0.5, 1, 0.75)


def test_glasses_of_an_unknown_kind_count_as_glasses_only():
    truth = labelled("glasses", "Wear|Sunglass", "Sunglass", "None")
    rows = {row.name: row for row in measure(truth, stated("glasses", "Wear", "Wear", "None"))}
    assert (rows["glasses of any kind"].yes, rows["glasses of any kind"].found.value) == (2, 1)
    assert (rows["sunglasses or not"].yes, rows["sunglasses or not"].no) == (1, 1)
    assert rows["sunglasses or not"].found.value == 0


def test_a_photo_without_an_answer_is_not_counted():
    assert measure(labelled("hat", "Wear"), {}) == ()
    assert reliabilities(labelled("hat", "Wear"), {}) == ()


def test_ambiguous_labels_do_not_count_for_rates():
    truth = labelled("glasses", "Wear|Sunglass", "Wear", "None")
    (measured,) = reliabilities(truth, stated("glasses", "Wear", "Wear", "None"))
    assert measured.faces == 2
    assert reliabilities(labelled("hairstyle", "Long|Short", "Bald"), stated("hairstyle", "Long", "Bald")) == ()


def test_correct_rates_have_no_calibration_error():
    right = np.array([True] * 9 + [False])
    assert reliability("hat", np.full(10, 0.9), right).error == pytest.approx(0)
    assert reliability("hat", np.full(10, 0.7), right).error == pytest.approx(0.2)


def test_the_calibration_error_weighs_tenths_by_their_faces():
    rates, right = np.array([0.95] * 8 + [0.55] * 2), np.array([True] * 8 + [False] * 2)
    measured = reliability("hat", rates, right)
    assert [each.count for each in measured.bins] == [2, 8]
    assert measured.error == pytest.approx(0.8 * 0.05 + 0.2 * 0.55)
