"""Recaptured photos of development people that the networks have not seen. The bounds leave room for sampling; the
figures themselves, with intervals and by set, stand in the card of the second network.
"""

import numpy as np
import pytest

from evaluation.interactive.windows import dimmed
from evaluation.liveness.figures import LIVE, Presentations, measure, worst
from training.data import load
from training.liveness.held_back import held_back
from training.liveness.photos import MADE_FOR_LIVENESS
from visage.faces.appearance.recapture import recapture, unjudgeable
from visage.faces.detection.detect import detect_largest

APCER, BPCER, BPCER_ELSEWHERE, BPCER_DIM = 0.1, 0.12, 0.08, 0.2
"""At 0.5: of the sets made for liveness, of photos of other sets, and of these in dim light. Live photos are those that
the API judges, neither small nor tight; so few attacks are that all count."""
BLOCKED = 0.1
"""At 0.9, of all live photos of the sets made for liveness, tight ones too: the API blocks those as well."""

pytestmark = pytest.mark.usefixtures("models")


def test_recaptured_photos_of_unseen_people_are_detected(data, report):
    rates, instruments, subjects, made, live_made = [], [], [], [], []
    for photo, subject in held_back(data):
        image = load(data / photo.file)
        face = detect_largest(image)
        if face is None:
            continue
        rate = recapture(image, face)
        if photo.instrument == LIVE and photo.source in MADE_FOR_LIVENESS:
            live_made.append(rate)
        if photo.instrument != LIVE or unjudgeable(image.shape, face.box) is None:
            rates.append(rate)
            instruments.append(photo.instrument)
            subjects.append(subject)
            made.append(photo.source in MADE_FOR_LIVENESS)
    shown, made = Presentations(np.array(rates), np.array(instruments), np.array(subjects)), np.array(made)
    here, elsewhere = (measure(shown.of(np.flatnonzero(rows)), 0.5) for rows in (made, ~made))
    for row in (*here, *elsewhere):
        kind, bound = ("BPCER", BPCER) if row.name == LIVE else (f"APCER, {row.name}", APCER)
        bound = BPCER_ELSEWHERE if row in elsewhere else bound
        sample = f"{row.presentations} images, {row.subjects} subjects"
        report(f"recapture, {kind}", sample, f"{row.error.value:.3f}", f"<= {bound:.3f}")
    blocked = float(np.mean(np.array(live_made) > 0.9))
    report("recapture, BPCER at 0.9", f"{len(live_made)} images", f"{blocked:.3f}", f"<= {BLOCKED:.3f}")
    assert len(rates) > 1000
    assert len(live_made) > 300 and blocked <= BLOCKED
    assert worst(here).error.value <= APCER
    assert here[-1].error.value <= BPCER
    assert elsewhere[-1].error.value <= BPCER_ELSEWHERE


def test_live_faces_in_dim_light_are_mostly_accepted(data, report):
    random, refused = np.random.default_rng(0), []
    live = [photo for photo, _ in held_back(data) if photo.instrument == LIVE and photo.source not in MADE_FOR_LIVENESS]
    for photo in live[::3]:
        image = load(data / photo.file)
        face = detect_largest(image)
        if face is not None and unjudgeable(image.shape, face.box) is None:
            refused.append(recapture(dimmed(image, random), face) > 0.5)
    share = float(np.mean(refused))
    report("recapture in dim light, BPCER", f"{len(refused)} images", f"{share:.3f}", f"<= {BPCER_DIM:.3f}")
    assert len(refused) > 150 and share <= BPCER_DIM
