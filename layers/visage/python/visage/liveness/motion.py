"""How a face moves in a sequence, and which actions that shows.

All measurements are relative to the same face at rest in the same sequence: eyes differ in how wide they open, heads in
how they are held.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visage.faces.landmarks.pose import pose
from visage.faces.landmarks.turn import Turn, turn
from visage.liveness.actions import Action
from visage.liveness.frames import Frame

_EYE_SHUT = 0.62
"""Openness below which an eye is shut, relative to rest. Of 15 people, all shut eyes were below and no open ones
(training/NOTES.md)."""
_EYE_OPEN = 0.75
_MOUTH_OPEN = 0.09
"""Lip distance, above that of the closed mouth, from which the mouth is open; in units of the distance between the
outer corners of the eyes."""
_MOUTH_CLOSED = 0.04
_YAW, _PITCH = 20.0, 12.0
"""Degrees between the two sides of rest that count as a swing."""
_SIDE = 0.35
"""Share of a swing required on either side: a person who looks past the camera at rest turns less to one side."""
_CLEARLY = 1.5
"""Factor by which an action must exceed its threshold to count as shown without having been requested."""
_STILL_YAW, _STILL_PITCH = 20.0, 12.0
"""Degrees from rest within which eyelids are judged: the eyes of a person looking down seem closed."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """The motion of one face over n frames, relative to the face at rest."""

    rest: int
    """Index of the frame closest to rest."""
    eyes: np.ndarray
    """(n, 2): how far each eye is open, 1 at rest."""
    mouth: np.ndarray
    """(n,): lip distance above that of the closed mouth."""
    turns: tuple[Turn, ...]
    """The head's turn from the rest frame to each frame."""

    @classmethod
    def of(cls, frames: Sequence[Frame]) -> "Motion":
        eyes = np.array([frame.eyes for frame in frames])
        eyes /= np.percentile(eyes, 75, axis=0)
        mouth = np.array([frame.mouth for frame in frames])
        mouth -= np.percentile(mouth, 20)
        rest = _rest(frames, eyes, mouth)
        return cls(rest, eyes, mouth, tuple(turn(frames[rest].mesh, frame.mesh) for frame in frames))

    @property
    def angles(self) -> np.ndarray:
        """(n, 2): yaw and pitch, in degrees."""
        return np.array([(each.yaw, each.pitch) for each in self.turns])


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


def _rest(frames: Sequence[Frame], eyes: np.ndarray, mouth: np.ndarray) -> int:
    """The frame whose pose is closest to the median, preferably with open eyes and closed mouth."""
    poses = [pose(frame.mesh) for frame in frames]
    angles = np.array([(each.yaw, each.pitch) for each in poses])
    distance = np.abs(angles - np.median(angles, axis=0)).sum(axis=1)
    distance[(eyes < _EYE_OPEN).any(axis=1) | (mouth > _MOUTH_CLOSED)] += 360
    return int(distance.argmin())


def events(motion: Motion, times: float = 1) -> list[Event]:
    """All actions that a sequence shows, by the frame in which they were complete; `times` scales the thresholds."""
    found = [*_blinks(motion), *_mouths(motion, times * _MOUTH_OPEN)]
    yaw, pitch = motion.angles.T
    found += _swings(Action.SHAKE, yaw, times * _YAW, np.abs(yaw) >= np.abs(pitch))
    found += _swings(Action.NOD, pitch, times * _PITCH, np.abs(pitch) > np.abs(yaw))
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


def _blinks(motion: Motion) -> Iterator[Event]:
    """Both eyes shut in one frame or more, and open before and after."""
    yaw, pitch = np.abs(motion.angles).T
    straight = (yaw < _STILL_YAW) & (pitch < _STILL_PITCH)
    shut = (motion.eyes < _EYE_SHUT).all(axis=1) & straight
    opened = np.flatnonzero((motion.eyes > _EYE_OPEN).all(axis=1))
    for first, last in _runs(shut):
        later = opened[opened > last]
        if len(later) and (opened < first).any():
            peak = first + int(motion.eyes[first : last + 1].max(axis=1).argmin())
            yield Event(Action.BLINK, first, int(later[0]), (peak,))


def _mouths(motion: Motion, limit: float) -> Iterator[Event]:
    """The mouth open beyond the limit, and closed before."""
    for first, last in _runs(motion.mouth > limit):
        if (motion.mouth[:first] < _MOUTH_CLOSED).any():
            yield Event(Action.OPEN_MOUTH, first, first, (first + int(motion.mouth[first : last + 1].argmax()),))


def _swings(action: Action, angles: np.ndarray, limit: float, counts: np.ndarray) -> Iterator[Event]:
    """The head to one side, then to the other, by at least the limit in total."""
    turned = [
        (sign, first, first + int((sign * angles[first : last + 1]).argmax()))
        for sign in (1, -1)
        for first, last in _runs((sign * angles >= _SIDE * limit) & counts)
    ]
    turned.sort(key=lambda each: each[1])
    for (side, first, peak), (other, done, other_peak) in itertools.pairwise(turned):
        if side != other and abs(angles[peak] - angles[other_peak]) >= limit:
            yield Event(action, first, done, (peak, other_peak))


def _runs(flags: np.ndarray) -> Iterator[tuple[int, int]]:
    """The first and last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    yield from zip(edges[::2].tolist(), (edges[1::2] - 1).tolist(), strict=True)
