"""By which frames a turn is judged, and how many must show a head."""

from types import SimpleNamespace

import numpy as np
import pytest

from visage.faces.landmarks.turn import Turn
from visage.liveness import solidity
from visage.liveness.actions import Action
from visage.liveness.events import Event
from visage.liveness.motion import Motion

YAW = (0, 8, 15, 21, 30, 51, 44, 24, 5, -9, -48, -10, 0)
SIDES = ((1, 7), (9, 11))
SHAKE = Event(Action.SHAKE, 1, 9, (5, 10), SIDES)
FRAME = SimpleNamespace(pixels=None, mesh=None)


@pytest.fixture(autouse=True)
def nose(monkeypatch):
    """How far the nose stands out, by frame; as a head's by default."""
    stands_out = dict.fromkeys(range(len(YAW)), 1.0)
    frames = {angle: frame for frame, angle in enumerate(YAW)}
    monkeypatch.setattr(solidity, "parallax", lambda *given: stands_out[frames[given[4].yaw]])
    return stands_out


def motion(flat=()):
    """A shaken head; the turns to the frames in `flat` are a photo's."""
    turns = tuple(Turn(yaw, 0, 2.0 if frame in flat else 0.4, 1.0) for frame, yaw in enumerate(YAW))
    return Motion(0, np.ones((len(YAW), 2)), np.zeros(len(YAW)), turns)


def flatness(shown):
    return solidity.flatness([FRAME] * len(YAW), shown, SHAKE)


def test_a_turn_is_judged_on_its_way_and_not_at_its_maximum():
    first, second = solidity.evidence(motion(), SHAKE)
    assert first == [3, 7, 2], "those nearest to 22 degrees"
    assert second == [11], "none is between 12 and 40 degrees: the nearest"


def test_a_head_turns_whatever_the_furthest_frame_looks_like(monkeypatch):
    assert flatness(motion(flat=(5, 6, 10))) is None


@pytest.mark.parametrize(("flat", "frame"), [((3,), None), ((3, 7), 3), ((2, 7), 7), ((11,), 11)])
def test_most_frames_of_either_side_must_show_a_head(flat, frame):
    seen = flatness(motion(flat))
    assert (seen and seen.frame) == frame
    if seen:
        assert (seen.measured, seen.too_far) == (2.0, False) and seen.limit < 1.11


@pytest.mark.parametrize(
    ("flush", "frame"), [((3,), None), ((2, 3), 3), ((9,), None), ((11,), 11), ((4, 5, 6, 7), None)]
)
def test_the_nose_stands_out_in_most_frames_of_either_side_or_it_is_a_photo(nose, flush, frame):
    nose |= dict.fromkeys(flush, 0.02)
    seen = flatness(motion())
    assert (seen and seen.frame) == frame
    if seen:
        assert (seen.measured, seen.too_far) == (0.02, False) and seen.limit > 0.02


def test_a_lesser_side_too_small_to_follow_the_nose_is_not_judged_by_it(nose):
    nose |= {9: 0.02}
    assert solidity.flatness([FRAME] * len(YAW), motion(), Event(Action.SHAKE, 1, 9, (5, 9), ((1, 7), (9, 9)))) is None


def test_a_side_seen_only_at_large_angles_is_reported():
    beyond = Event(Action.SHAKE, 5, 10, (5, 10), ((5, 6), (10, 10)))
    assert solidity.flatness([FRAME] * len(YAW), motion(flat=(6,)), beyond).too_far


def test_a_narrow_face_is_a_photo_unless_it_is_turned_far():
    def squeezed(yaw, squeeze):
        turns = (Turn(0, 0, 0, 1), Turn(yaw, 0, 0.4, squeeze))
        shown = Motion(0, np.ones((2, 2)), np.zeros(2), turns)
        return solidity._doubt([None] * 2, shown, Action.SHAKE, 1)

    assert squeezed(20, 0.84) == (0.84, pytest.approx(0.88)) and squeezed(51, 0.84) is None


@pytest.mark.parametrize(("error", "head"), [(0.95, True), (1.05, False)])
def test_a_small_nod_that_a_sheet_explains_better_is_not_a_heads(monkeypatch, error, head):
    monkeypatch.setattr(solidity, "sheet_likeness", lambda *_pictures: 0.9)
    turns = tuple(Turn(0, pitch, error, 0.95) for pitch in (0, 5, 9, 5, 0))
    nods = Motion(0, np.ones((5, 2)), np.zeros(5), turns)
    monkeypatch.setattr(solidity, "parallax", lambda *_given: 1.0)
    seen = solidity.flatness([FRAME] * 5, nods, Event(Action.NOD, 1, 3, (2,), ((1, 3),)))
    assert (seen is None) is head
