"""Which turn counts where the head moves more than once."""

import numpy as np
import pytest

from visage.faces.landmarks.turn import Turn
from visage.liveness import verify
from visage.liveness.actions import Action
from visage.liveness.flaws import Flaw
from visage.liveness.motion import Motion
from visage.liveness.solidity import Flatness

YAW = np.tile([0.0, 20.0, 0.0, -20.0], 3)


@pytest.fixture(autouse=True)
def doubted(monkeypatch):
    """The first frames of the shakes that a photo made."""
    frames: set[int] = set()

    def flatness(_frames, _motion, event):
        return Flatness(event.first, 20.0, 0.0, 0.15, False) if event.first in frames else None

    monkeypatch.setattr(verify, "flatness", flatness)
    return frames


def performed(asked=(Action.SHAKE,)):
    still = np.zeros(len(YAW))
    motion = Motion(0, np.ones((len(YAW), 2)), still, tuple(Turn(yaw, 0, 0.5, 1) for yaw in YAW))
    return verify._performed(asked, [None] * len(YAW), motion)


def test_the_first_turn_counts():
    (shake,), findings = performed()
    assert (shake.first, findings) == (1, [])


def test_one_that_does_not_convince_is_passed_over_if_another_follows(doubted):
    doubted.add(1)
    (shake,), findings = performed()
    assert (shake.first, findings) == (3, [])


def test_the_first_one_is_reported_if_none_convinces(doubted):
    doubted |= set(range(len(YAW)))
    (shake,), (finding,) = performed()
    assert (shake.first, finding.flaw, finding.frame) == (1, Flaw.FLAT, 1)


def test_not_as_many_are_tried_as_a_photo_can_be_turned(doubted):
    doubted |= {1, 3, 5}
    (shake,), (finding,) = performed()
    assert (shake.first, finding.flaw) == (1, Flaw.FLAT)


def test_what_is_missing_without_it_is_not_blamed_on_another_action(doubted):
    doubted |= {1, 3, 5, 7}
    (shake, blink), (finding,) = performed((Action.SHAKE, Action.BLINK))
    assert (shake.first, blink, finding.flaw) == (1, None, Flaw.FLAT)
