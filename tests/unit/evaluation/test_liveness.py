"""Error rates of presentation attack detection, and their labels."""

import numpy as np
import pytest

from evaluation.collection import InputError
from evaluation.liveness.evaluate import evaluate
from evaluation.liveness.figures import LIVE, Presentations, measure, threshold, trade_off, worst
from evaluation.liveness.labels import Labelled, read_labels


def shown(*rows: tuple[float, str, int]) -> Presentations:
    rate, instrument, subject = zip(*rows, strict=True)
    return Presentations(np.array(rate), np.array(instrument), np.array(subject))


def test_no_more_live_faces_lie_above_the_threshold_than_allowed():
    live = np.arange(100) / 100
    for allowed in (0.0, 0.05, 0.2):
        assert (live > threshold(live, allowed)).mean() == pytest.approx(allowed)


def test_the_worst_instrument_comes_first_and_the_live_last():
    attacks = [(90, "print", 1), (80, "print", 2), (10, "screen", 1), (70, "screen", 2)]
    rows = measure(shown(*attacks, (20, LIVE, 3), (60, LIVE, 4)), 50)
    assert [row.name for row in rows] == ["screen", "print", LIVE]
    assert [row.error.value for row in rows] == [0.5, 0, 0.5]
    assert worst(rows).name == "screen"


def test_a_rate_at_the_threshold_counts_as_live():
    (attack, live) = measure(shown((50, "screen", 1), (50, LIVE, 1)), 50)
    assert (attack.error.value, live.error.value) == (1, 0)


def test_without_errors_the_rule_of_three_counts_subjects_not_images():
    rows = [(99.0, "screen", subject) for subject in range(30) for _ in range(10)]
    (row,) = measure(shown(*rows), 50)
    assert (row.presentations, row.subjects) == (300, 30)
    assert (row.error.low, row.error.high) == (0, 0.1)


def test_images_of_one_subject_are_drawn_together():
    alike = [(99.0 if subject % 2 else 1.0, "screen", subject) for subject in range(20) for _ in range(50)]
    apart = [(99.0 if image % 2 else 1.0, "screen", subject) for subject in range(20) for image in range(50)]
    wide, narrow = (measure(shown(*rows), 50)[0].error for rows in (alike, apart))
    assert wide.value == narrow.value == 0.5
    assert wide.high - wide.low > 0.3
    assert narrow.high - narrow.low == 0


def test_the_trade_off_takes_its_thresholds_from_the_live_shown():
    rows = [(rate, LIVE, rate) for rate in range(100)] + [(rate + 50.0, "screen", rate) for rate in range(100)]
    found = trade_off(shown(*rows), (0.05, 0.5))
    assert found == {0.05: pytest.approx(0.45), 0.5: 0.0}


def test_labels_have_each_files_instrument_and_subject(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("file,instrument,subject,note\na/1.jpg,live,ann,x\na/2.jpg, screen ,bob,\n")
    assert read_labels(path) == [Labelled("a/1.jpg", "live", "ann"), Labelled("a/2.jpg", "screen", "bob")]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("file,instrument\na,live\n", "must have the columns file, instrument, subject"),
        ("file,instrument,subject\na,live,x\nb,,x\n", "line 3: file, instrument, subject must not be empty"),
        ("file,instrument,subject\na,screen,x\n", "must list live photos"),
        ("file,instrument,subject\n", "must list live photos"),
    ],
)
def test_labels_that_cannot_be_used_say_why(tmp_path, text, what):
    path = tmp_path / "labels.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=what):
        read_labels(path)


def test_missing_labels_are_reported(tmp_path):
    with pytest.raises(InputError, match="Cannot read"):
        read_labels(tmp_path / "none.csv")


def test_live_is_case_insensitive(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("file,instrument,subject\na,Live,x\nb,Screen,x\n")
    assert [each.instrument for each in read_labels(path)] == ["live", "Screen"]


def test_a_missing_folder_is_reported(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("file,instrument,subject\na,live,x\nb,screen,x\n")
    with pytest.raises(InputError, match="The folder .* does not exist"):
        evaluate(tmp_path / "absent", path, "version")
    with pytest.raises(InputError, match="lists no image of"):
        evaluate(tmp_path, path, "version")
