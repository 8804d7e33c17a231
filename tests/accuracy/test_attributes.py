"""Face attributes on development faces that the network has not seen.

The bounds leave room for sampling error; the figures themselves, with intervals, are in the network's card.
"""

import pytest

from evaluation.attributes.figures import measure, reliabilities
from evaluation.attributes.labels import Labelled, estimates
from training.attributes.held_back import cells
from training.attributes.labels import held_back
from training.data import load
from visage.faces.appearance.attributes import attributes
from visage.faces.detection.detect import detect_largest

BOUNDS = {
    "smile": 0.92,
    "glasses of any kind": 0.94,
    "sunglasses or not": 0.85,
    "respirator": 0.975,
    "hat": 0.85,
    "mustache": 0.80,
    "bang": 0.80,
    "bald or not": 0.70,
}
MOST_ERROR = 0.08
"""Expected calibration error, of some hundred faces in ten bins: half of it is sampling."""

pytestmark = pytest.mark.usefixtures("models")


def test_attributes_of_unseen_people_are_accurate_and_calibrated(data, report):
    labelled, stated = [], {}
    for file, answers in held_back(data).items():
        image = load(data / file)
        face = detect_largest(image)
        if face is not None:
            labelled.append(Labelled(file, {name: frozenset(cell.split("|")) for name, cell in cells(answers).items()}))
            stated[file] = estimates(attributes(image, face))
    rows = {row.name: row for row in measure(labelled, stated)}
    for name, bound in BOUNDS.items():
        row = rows[name]
        figure = f"{row.balanced_accuracy.value:.3f}"
        report(f"balanced accuracy, {name}", f"{row.yes} yes, {row.no} no", figure, f">= {bound:.3f}")
    errors = reliabilities(labelled, stated)
    for each in errors:
        report(f"calibration error, {each.attribute}", f"{each.faces} faces", f"{each.error:.3f}", f"<= {MOST_ERROR}")
    assert len(labelled) > 800
    assert all(rows[name].balanced_accuracy.value >= bound for name, bound in BOUNDS.items())
    assert all(each.error <= MOST_ERROR for each in errors)
