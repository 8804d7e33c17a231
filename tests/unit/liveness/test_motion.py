"""Detection of actions in series of numbers like those of a sequence of frames."""

from collections import Counter

import numpy as np
import pytest

from visage.faces.landmarks.turn import Turn
from visage.liveness.actions import TURNS, Action, draw
from visage.liveness.events import events, match_actions, reach, unrequested
from visage.liveness.motion import Motion

LENGTH = 24


def motion(eyes=(), mouth=(), yaw=(), pitch=()):
    """A face at rest for 24 frames, except for these pairs of frame and value."""
    eye, lips, across, down = (np.full(LENGTH, rest) for rest in (1.0, 0.0, 0.0, 0.0))
    for series, given in ((eye, eyes), (lips, mouth), (across, yaw), (down, pitch)):
        for frame, value in given:
            series[frame] = value
    turns = tuple(Turn(x, y, 0.5, 1.0) for x, y in zip(across, down, strict=True))
    return Motion(0, np.column_stack([eye, eye]), lips, turns)


def seen(*arguments, **series):
    return [event.action for event in events(motion(*arguments, **series))]


SHAKE = [(4, 15.0), (5, 25.0), (6, 10.0), (7, -5.0), (8, -20.0), (9, -30.0)]


def test_a_face_at_rest_shows_nothing():
    assert seen() == []


def test_eyes_that_close_and_open_are_a_blink_even_in_one_frame():
    (blink,) = events(motion(eyes=[(7, 0.2)]))
    assert (blink.action, blink.first, blink.done, blink.peaks) == (Action.BLINK, 7, 8, (7,))


def test_half_shut_eyes_are_not_a_blink():
    assert seen(eyes=[(frame, 0.7) for frame in range(5, 10)]) == []


def test_lids_caught_on_their_way_are_a_blink_and_narrowed_eyes_are_not():
    assert seen(eyes=[(frame, 0.68) for frame in range(5, 8)]) == [Action.BLINK]
    assert seen(eyes=[(frame, 0.68) for frame in range(5, 9)]) == []
    assert seen(eyes=[(5, 0.68), (6, 0.6), (7, 0.6), (8, 0.68)]) == [Action.BLINK]


def test_eyes_that_stay_shut_are_not_a_blink():
    assert seen(eyes=[(frame, 0.2) for frame in range(10, LENGTH)]) == []
    assert seen(eyes=[(frame, 0.2) for frame in range(10)]) == []


def test_one_shut_eye_is_not_a_blink():
    winking = motion()
    winking.eyes[5:8, 0] = 0.1
    assert events(winking) == []


def test_looking_down_is_not_a_blink():
    assert Action.BLINK not in seen(eyes=[(5, 0.3)], pitch=[(5, -25.0)])


def test_a_mouth_that_opens_was_closed_before():
    assert seen(mouth=[(5, 0.2), (6, 0.3)]) == [Action.OPEN_MOUTH]
    assert seen(mouth=[(frame, 0.3) for frame in range(LENGTH)]) == []


def test_a_shaken_head_turns_to_both_sides():
    (shake,) = events(motion(yaw=SHAKE))
    assert (shake.action, shake.first, shake.done, shake.peaks) == (Action.SHAKE, 4, 8, (5, 9))
    assert seen(yaw=SHAKE[:3]) == [] and seen(yaw=SHAKE[3:]) == []
    assert seen(yaw=[(4, 8.0), (8, -9.0)]) == [] and seen(yaw=[(4, 6.0), (8, -30.0)]) == []


def test_a_nod_goes_up_and_down_and_a_turn_is_no_nod():
    nod = [(4, 5.0), (8, -12.0)]
    assert seen(pitch=nod) == [Action.NOD] and seen(pitch=[(4, 8.0), (8, 8.0)]) == []
    assert seen(pitch=nod, yaw=[(4, 20.0), (8, 20.0)]) == []


@pytest.mark.parametrize("sign", [1, -1], ids=["up", "down"])
def test_a_nod_may_go_one_way_and_back(sign):
    (nod,) = events(motion(pitch=[(8, sign * 7.0), (9, sign * 14.0), (10, sign * 6.0)]))
    assert (nod.action, nod.first, nod.done, nod.peaks, nod.sides) == (Action.NOD, 8, 10, (9,), ((8, 10),))


def test_a_head_that_stays_down_has_not_nodded():
    assert seen(pitch=[(frame, -14.0) for frame in range(8, LENGTH)]) == []


def test_a_missing_actions_closest_frame_is_searched_from_the_given_start():
    shown = motion(eyes=[(3, 0.2), (9, 0.8)], mouth=[(4, 0.05)], yaw=[(5, 9.0), (7, -5.0)], pitch=[(10, -7.0)])
    wanted = {Action.BLINK: (9, 0.8), Action.OPEN_MOUTH: (4, 0.05), Action.SHAKE: (5, 14.0), Action.NOD: (10, 7.0)}
    for action, told in wanted.items():
        furthest = reach(action, shown, 4)
        assert (furthest.frame, pytest.approx(furthest.value)) == told
    assert reach(Action.NOD, shown, LENGTH) is None


def test_how_far_a_missing_nod_came_is_less_than_it_needs():
    down, risen = [(frame, -14.0) for frame in range(8, LENGTH)], [(frame, -11.0) for frame in range(12, LENGTH)]
    for pitch, came in ((down, 0.0), ([*down, *risen], 6.0)):
        assert seen(pitch=pitch) == []
        assert reach(Action.NOD, motion(pitch=pitch), 0).value == pytest.approx(came)


def test_a_look_to_the_side_before_belongs_to_no_shake():
    (shake,) = events(motion(yaw=[(1, 20.0), *SHAKE]))
    assert shake.first == 4


def test_actions_count_only_in_the_requested_order():
    shown = events(motion(eyes=[(2, 0.1)], yaw=SHAKE, mouth=[(15, 0.3)]))
    first, second, third = Action.BLINK, Action.SHAKE, Action.OPEN_MOUTH
    assert None not in match_actions([first, second, third], shown)
    assert match_actions([second, first], shown)[1] is None
    assert [event is None for event in match_actions([third, second, first], shown)] == [False, True, True]


def test_an_action_that_begins_within_the_one_before_does_not_count():
    shown = events(motion(yaw=SHAKE, mouth=[(6, 0.3), (7, 0.3)]))
    assert match_actions([Action.SHAKE, Action.OPEN_MOUTH], shown)[1] is None


def test_unrequested_actions_are_counted_except_blinks_and_repetitions():
    shaken_twice = [*SHAKE, (10, 25.0), (11, -25.0)]
    assert unrequested([Action.SHAKE], motion(yaw=shaken_twice, eyes=[(1, 0.1), (20, 0.1)])) == 0
    assert unrequested([Action.SHAKE], motion(yaw=SHAKE, mouth=[(2, 0.3), (20, 0.3)])) == 2


@pytest.mark.parametrize("count", [2, 3, 4])
def test_actions_are_drawn_uniformly_from_orders_with_a_turn_and_no_repetition(count):
    drawn = Counter(draw(count) for _ in range(3000))
    possible = {2: 10, 3: 24, 4: 24}[count]
    assert len(drawn) == possible
    for actions, times in drawn.items():
        assert len(set(actions)) == count and TURNS & set(actions)
        assert times > 3000 / possible / 2
