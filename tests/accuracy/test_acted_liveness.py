"""Interactive liveness on animated portraits: FFHQ pictures, moved by their meshes and by hand."""

import base64
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from demo.acting import Actor, Face, jpeg
from demo.held_photos import SHAKEN, in_hand
from evaluation.interactive.labels import read_clips
from evaluation.interactive.table import people
from training.data import ROOT, load
from visage.faces.detection.detect import detect_largest
from visage.liveness import verify
from visage.liveness.actions import TURNS, Action
from visage.liveness.frames import Flaw, Frame, see

pytestmark = pytest.mark.usefixtures("deployment", "models")

ACTORS = 16


@pytest.fixture
def every_picture_is_live(monkeypatch):
    """Rendered motion is not what the recapture network was trained for."""
    monkeypatch.setattr(verify, "recapture", lambda _image, _face: 0.0)


@pytest.fixture
def actors(data: Path) -> list[Actor]:
    """The first people of FFHQ whose photo shows nobody else."""
    files = sorted((data / "ffhq" / "images").glob("*.jpg"))
    made = (Actor(load(file)) for file in files if detect_largest(load(file)))
    return list(islice((actor for actor in made if isinstance(see(actor.still), Frame)), ACTORS))


def drawn(number: int) -> tuple[Action, ...]:
    """Three actions as in a session, different for each number."""
    random = np.random.default_rng(number)
    while True:
        actions = tuple(np.array(list(Action))[random.permutation(len(Action))[:3]])
        if TURNS.intersection(actions):
            return actions


def judged(asked: Sequence[Action], frames: Sequence[np.ndarray]) -> verify.Verdict:
    urls = ["base64://" + base64.b64encode(jpeg(frame, 90)).decode() for frame in frames]
    return verify.verify(asked, "acme", urls, block=0.9, until=time.monotonic() + 600)


@pytest.mark.usefixtures("every_picture_is_live")
def test_actors_pass_and_reversed_sequences_fail(actors, report):
    passed, backwards = [], []
    for number, actor in enumerate(actors):
        asked = drawn(number)
        frames = actor.act(*(action.value for action in asked))
        passed.append(judged(asked, frames).passed)
        backwards.append(judged(asked, frames[::-1]).passed)
    report("acted sequences that pass", f"{ACTORS} people", f"{np.mean(passed):.3f}", ">= 0.5")
    report("the same backwards", f"{ACTORS} people", f"{np.mean(backwards):.3f}", "<= 0.05")
    assert np.mean(passed) >= 0.5 and np.mean(backwards) <= 0.05


@pytest.mark.usefixtures("every_picture_is_live")
def test_photos_turned_by_hand_with_moving_eyes_and_mouth_fail(actors, report):
    asked = (Action.BLINK, Action.OPEN_MOUTH, Action.SHAKE)
    still = [Face()] * 2
    blinks = [Face(lids=share) for share in (0.5, 1, 1, 0.3)]
    speaks = [Face(jaw=share) for share in (0.5, 1, 0.9, 0.4)]
    faces = [*still, *blinks, *still, *speaks, *still, *[Face()] * len(SHAKEN)]
    turns = [(0.0, 0.0)] * (len(faces) - len(SHAKEN)) + SHAKEN
    verdicts = [judged(asked, in_hand(actor, turns, faces)) for actor in actors]
    passed = np.mean([verdict.passed for verdict in verdicts])
    told = np.mean([not {Flaw.ACTION_MISSING, Flaw.FLAT}.isdisjoint(verdict.flaws) for verdict in verdicts])
    report("photos turned by hand that pass", f"{ACTORS} people", f"{passed:.3f}", "<= 0.05")
    report("of these, the turn seen not to be a head's", f"{ACTORS} people", f"{told:.3f}", ">= 0.7")
    assert passed <= 0.05 and told >= 0.7


def test_people_performing_the_actions_in_real_clips_pass(data, report):
    """The rows, and each refusal, of `python -m evaluation.interactive ../shared/data --clips training/clips.csv`."""
    clips = [clip for clip in read_clips(ROOT / "training" / "clips.csv") if clip.half == "reported"]
    shares = {}
    for row in people(data, clips):
        shares[row.name] = row.passed / row.asked
        sample = f"{row.asked} windows, {len(row.subjects)} people"
        report(row.name, sample, f"{shares[row.name]:.3f}", ">= 0.8" if "as recorded" in row.name else "")
    assert shares["people, as recorded (reported)"] >= 0.8
