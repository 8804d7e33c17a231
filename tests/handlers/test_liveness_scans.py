"""Scans for recaptured photos, in process, with the real models."""

import numpy as np
import pytest
from PIL import Image

from tests.handlers.photos import NOBODY, OBAMA, beside, portrait, value
from training.liveness.simulated.recapture import SCREEN, Shot, recapture
from visage.faces.detection.detect import detect_largest
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture(autouse=True)
def _pictures(monkeypatch):
    """Some of the screens fill the picture, whatever share of them the networks learn from."""
    monkeypatch.setattr("training.liveness.simulated.recapture.CLOSE", 0.35)


def scan(call, *urls):
    return call("scan_image", scenes=["liveness"], tasks=[{"url": url} for url in urls])


def judged(call, url):
    (entry,) = scan(call, url)
    (result,) = entry["results"]
    assert result.pop("scene") == "liveness"
    return result


def replayed(name, seed=0):
    """A portrait shown on a screen."""
    image = np.asarray(portrait(name, 500))
    room = np.full((300, 400, 3), (70, 80, 60), np.uint8)
    shot = recapture(Shot(image, detect_largest(image)), SCREEN, room, np.random.default_rng(seed))
    return Image.fromarray(shot.pixels)


def test_a_photo_of_a_person_is_normal_and_passes(call):
    result = judged(call, OBAMA)
    assert (result["label"], result["suggestion"]) == ("normal", "pass")
    assert 0 <= result["rate"] < settings().liveness_review


def test_a_photo_of_a_screen_is_recaptured(call):
    results = [judged(call, value(replayed("obama.jpg", seed))) for seed in range(5)]
    assert sum(result["label"] == "liveness" for result in results) >= 4
    assert all((result["suggestion"] == "pass") == (result["label"] == "normal") for result in results)


def test_an_image_without_a_face_is_blocked(call):
    assert judged(call, NOBODY) == {"label": "liveness", "suggestion": "block", "rate": 100.0}


def test_the_largest_face_decides(call):
    small = replayed("biden.jpg").resize((120, 120))
    assert judged(call, value(beside(portrait("obama.jpg", 600), small)))["label"] == "normal"


def test_a_tightly_cropped_face_is_reviewed_with_a_reason(call):
    image = portrait("obama.jpg", 500)
    box = detect_largest(np.asarray(image)).box
    tight = image.crop((round(box.left), round(box.top), round(box.left + box.width), round(box.top + box.height)))
    result = judged(call, value(tight))
    assert result["suggestion"] in ("review", "block")
    assert result["label"] == "liveness" or result.pop("reason") == "tight"
    small = judged(call, value(image.resize((round(image.width * 30 / box.side), round(image.height * 30 / box.side)))))
    assert (small["suggestion"], small["label"], small["reason"]) == ("review", "normal", "small")
    assert "reason" not in judged(call, OBAMA)


def test_the_deployment_sets_the_thresholds_for_review_and_block(call, monkeypatch):
    for review, block, label, suggestion in (
        ("0", "100", "liveness", "review"),
        ("0", "0", "liveness", "block"),
        ("100", "100", "normal", "pass"),
    ):
        monkeypatch.setenv("VISAGE_LIVENESS_REVIEW", review)
        monkeypatch.setenv("VISAGE_LIVENESS_BLOCK", block)
        settings.cache_clear()
        result = judged(call, OBAMA)
        assert (result["label"], result["suggestion"]) == (label, suggestion)


def test_images_fail_on_their_own_and_scenes_are_answered_together(call):
    entries = scan(call, OBAMA, "base64://bm8gaW1hZ2U=", NOBODY)
    assert [entry["code"] for entry in entries] == [200, 590, 200]
    task = {"url": OBAMA, "extras": {"groupId": "office"}}
    (entry,) = call("scan_image", scenes=["liveness", "sface-n"], tasks=[task])
    assert entry["code"] == 200, entry
    assert [result["scene"] for result in entry["results"]] == ["liveness", "sface-n"]


def test_an_image_that_is_not_started_in_time_is_reported(call, monkeypatch):
    monkeypatch.setattr("visage.api.scans.scan.SECONDS", -1.0)
    (entry,) = scan(call, OBAMA)
    assert entry["code"] == 581 and "results" not in entry
