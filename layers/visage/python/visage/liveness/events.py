"""Which actions a face's motion shows, where, and how far short of one it falls."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visage.liveness.actions import Action
from visage.liveness.motion import EYE_OPEN, MOUTH_CLOSED, Motion

_EYE_SHUT = 0.62
"""Openness below which an eye is shut, relative to rest. Of 15 people, all shut eyes were below and no open ones
(training/NOTES.md)."""
_NEARLY_SHUT, _BRIEF = 0.7, 3
"""The same of lids that a frame caught on their way, and for how many frames in a row at most: a smile narrows the eyes
for longer."""
_MOUTH_OPEN = 0.09
"""`Motion.mouth` from which the mouth is open."""
_YAW, _PITCH = 20.0, 9.0
"""Degrees between the two sides of rest that count as a shake; degrees that the head goes up or down for a nod. The
mesh sees half of a nod: of 22 degrees, acted by a portrait, 10 to 12."""
_SIDE = 0.35
"""Share of a shake required on either side: a person who looks past the camera at rest turns less to one side."""
_BACK = 0.5
"""Share of a nod by which the head must have come from, and go back, the other way."""
_AWAY = 0.75
"""Share of a nod by which the head must be away from rest, unless it goes all the way both there and back."""
_CLEARLY = 1.5
"""Factor by which an action must exceed its threshold to count as shown without having been requested."""
_STILL_YAW, _STILL_PITCH = 20.0, 12.0
"""Degrees from rest within which eyelids are judged: the eyes of a person looking down seem closed."""

NEEDED = {Action.BLINK: _NEARLY_SHUT, Action.OPEN_MOUTH: _MOUTH_OPEN, Action.SHAKE: _YAW, Action.NOD: _PITCH}
"""What `reach` must come to: at most this for a blink, at least this for the others."""

Span = tuple[int, int]
"""The first and the last index of some frames in a row."""


@dataclass(frozen=True, slots=True)
class Event:
    """An action that was seen."""

    action: Action
    first: int
    """Index of its first frame."""
    done: int
    """Index of the frame in which it was complete."""
    peaks: tuple[int, ...]
    """Indexes of the frames that show it best: one, or one for either side."""
    sides: tuple[Span, ...] = ()
    """Of a shake and a nod: for each peak, the frames in which the head is turned that way."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an action came."""

    frame: int
    """Index of the frame in which it came furthest."""
    value: float
    """As in `NEEDED`: the eyes' openness, 1 at rest; `Motion.mouth`; degrees of a shake or nod."""


def events(motion: Motion, times: float = 1) -> list[Event]:
    """All actions that a sequence shows, by the frame in which they were complete; `times` scales the thresholds."""
    found = [*_blinks(motion), *_mouths(motion, times * _MOUTH_OPEN)]
    found += [*_shakes(motion, times * _YAW), *_nods(motion, times * _PITCH)]
    return sorted(found, key=lambda event: event.done)


def match_actions(requested: Sequence[Action], seen: Sequence[Event]) -> list[Event | None]:
    """For each requested action the first event that shows it after the previous one; None from the first missing
    one."""
    performed: list[Event | None] = []
    last = -1
    for action in requested:
        event = next((each for each in seen if each.action is action and each.first > last), None)
        if None in performed or event is None:
            performed.append(None)
            continue
        performed.append(event)
        last = event.done
    return performed


def unrequested(requested: Sequence[Action], motion: Motion) -> int:
    """How many more actions were clearly shown than requested; immediate repetitions count once.

    Blinks are ignored: everybody blinks.
    """
    shown = [event.action for event in events(motion, _CLEARLY) if event.action is not Action.BLINK]
    changes = sum(now is not before for before, now in zip([None, *shown], shown, strict=False))
    return changes - sum(action is not Action.BLINK for action in requested)


def reach(action: Action, motion: Motion, start: int) -> Reach | None:
    """How far an action that was not seen came in the frames from `start` on; None if there are none."""
    yaw, pitch = motion.angles[start:].T
    if not len(yaw):
        return None
    if action is Action.BLINK:
        wider = motion.eyes[start:].max(axis=1)
        return Reach(start + int(wider.argmin()), float(wider.min()))
    if action is Action.OPEN_MOUTH:
        mouth = motion.mouth[start:]
        return Reach(start + int(mouth.argmax()), float(mouth.max()))
    if action is Action.SHAKE:
        # Both sides are needed, so the lesser one, by its share of the whole, says what is missing.
        return Reach(start + int(np.abs(yaw).argmax()), float(min(np.ptp(yaw), min(yaw.max(), -yaw.min()) / _SIDE)))
    # A head that goes one way and stays has not nodded: the lesser of both ways counts, by its share of the whole.
    came = np.maximum(_nodded(pitch), _nodded(-pitch))
    return Reach(start + int(came.argmax()), float(came.max()))


def _blinks(motion: Motion) -> Iterator[Event]:
    """Both eyes shut in one frame or more, and open before and after."""
    yaw, pitch = np.abs(motion.angles).T
    straight = (yaw < _STILL_YAW) & (pitch < _STILL_PITCH)
    shut = (motion.eyes < _EYE_SHUT).all(axis=1)
    opened = np.flatnonzero((motion.eyes > EYE_OPEN).all(axis=1))
    for first, last in _runs((motion.eyes < _NEARLY_SHUT).all(axis=1) & straight):
        if last - first >= _BRIEF and not shut[first : last + 1].any():
            continue
        later = opened[opened > last]
        if len(later) and (opened < first).any():
            peak = first + int(motion.eyes[first : last + 1].max(axis=1).argmin())
            yield Event(Action.BLINK, first, int(later[0]), (peak,))


def _mouths(motion: Motion, limit: float) -> Iterator[Event]:
    """The mouth open beyond the limit, and closed before."""
    for first, last in _runs(motion.mouth > limit):
        if (motion.mouth[:first] < MOUTH_CLOSED).any():
            yield Event(Action.OPEN_MOUTH, first, first, (first + int(motion.mouth[first : last + 1].argmax()),))


def _shakes(motion: Motion, limit: float) -> Iterator[Event]:
    """The head to one side, then to the other, by at least the limit in total."""
    yaw, pitch = motion.angles.T
    turned = [
        (sign, first, last, first + int((sign * yaw[first : last + 1]).argmax()))
        for sign in (1, -1)
        for first, last in _runs((sign * yaw >= _SIDE * limit) & (np.abs(yaw) >= np.abs(pitch)))
    ]
    turned.sort(key=lambda each: each[1])
    for (side, first, last, peak), (other, done, end, other_peak) in itertools.pairwise(turned):
        if side != other and abs(yaw[peak] - yaw[other_peak]) >= limit:
            yield Event(Action.SHAKE, first, done, (peak, other_peak), ((first, last), (done, end)))


def _nods(motion: Motion, limit: float) -> Iterator[Event]:
    """The head down or up by the limit, and from or back to the other side by half of it: people nod both ways."""
    yaw, pitch = motion.angles.T
    pivots = _pivots(pitch, _BACK * limit)
    for before, peak, after in zip(pivots, pivots[1:], pivots[2:], strict=False):
        there, back = pitch[peak] - pitch[before], pitch[peak] - pitch[after]
        least, most = sorted((abs(there), abs(back)))
        aside = max(abs(yaw[peak] - yaw[before]), abs(yaw[peak] - yaw[after]))
        # A head that swings back past rest has not nodded before it did.
        far = least >= limit or abs(pitch[peak]) >= _AWAY * limit
        if most < limit or least < _BACK * limit or aside >= most or not far:
            continue
        sign = np.sign(there)
        away = sign * (pitch - pitch[before]) >= _BACK * abs(there)
        first = before + int(np.argmax(away[before : peak + 1]))
        returned = sign * (pitch[peak] - pitch[peak : after + 1]) >= _BACK * limit
        done = peak + int(np.argmax(returned))
        yield Event(Action.NOD, first, done, (peak,), ((first, done),))


def _nodded(pitch: np.ndarray) -> np.ndarray:
    """Degrees (n,) of a nod that has each frame as its highest point: one way in full, the other by `_BACK` of it."""
    there = pitch - np.minimum.accumulate(pitch)
    back = pitch - np.minimum.accumulate(pitch[::-1])[::-1]
    return np.minimum(np.maximum(there, back), np.minimum(there, back) / _BACK)


def _pivots(series: np.ndarray, least: float) -> list[int]:
    """Indexes where a series turns round, among its ends: neighbours differ by `least` or more."""
    pivots, low, high, rising = [0], 0, 0, None
    for index, value in enumerate(series):
        low = index if value < series[low] else low
        high = index if value > series[high] else high
        if rising is not False and series[high] - value >= least:
            pivots += [high] if high else []
            low, rising = index, False
            high = index
        elif rising is not True and value - series[low] >= least:
            pivots += [low] if low else []
            high, rising = index, True
            low = index
    last = high if rising else low
    return [*pivots, last] if rising is not None and last > pivots[-1] else pivots


def _runs(flags: np.ndarray) -> Iterator[Span]:
    """The first and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
