"""Whether a head turned in an event, or a photo of one."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visage.faces.landmarks.parallax import parallax
from visage.faces.landmarks.sheet import sheet_likeness
from visage.liveness.actions import Action
from visage.liveness.events import Event, Span
from visage.liveness.frames import Frame
from visage.liveness.motion import Motion

_JUDGED = 3
"""Frames that are judged on either side; most of them must convince."""
_WELL_POSED = {Action.SHAKE: (12.0, 40.0), Action.NOD: (8.0, 25.0)}
"""Degrees from rest between which a turn is judged: less tells little, and of faces turned further the mesh knows half
alone. Frames beyond count only where there are none between."""
_IDEAL = {Action.SHAKE: 22.0, Action.NOD: 14.0}
_FOLLOWED = {Action.SHAKE: (10.0, 27.0), Action.NOD: (8.0, 25.0)}
"""Degrees from rest between which the nose can be followed from pixel to pixel; those near `_LIKELY` are best."""
_LIKELY = {Action.SHAKE: 17.0, Action.NOD: 14.0}
_STANDS_OUT = 0.15
"""The minimum `parallax`, the median of up to `_JUDGED` frames of a side."""
_MAX_ERRORS = {Action.SHAKE: ((10.0, 1.1), (20.0, 0.85)), Action.NOD: ((10.0, 1.0), (20.0, 0.85))}
"""Degrees of a turn, and the maximum `Turn.error` there: the points of a small turn tell less. Above 1 they are a
sheet's: so may be one side of a shake, whose other side must convince as well, but not a nod."""
_MIN_SQUEEZES = (35.0, 0.88), (55.0, 0.75)
"""The same of the minimum `Turn.squeeze`: the mesh of a face in profile is narrower than it should be. The mesh of a
photo never seems to be turned so far."""
_SHEET, _SURE = 0.975, 0.6
"""The maximum `sheet_likeness`, and the error up to which it is ignored: small turns hide little of a face."""


@dataclass(frozen=True, slots=True)
class Flatness:
    """Why a turn is not that of a head: the frame that says so, and by how much."""

    frame: int
    angle: float
    """Degrees from rest in that frame."""
    measured: float
    limit: float
    too_far: bool
    """No frame shows the head between rest and its furthest turn."""


def evidence(motion: Motion, event: Event) -> list[list[int]]:
    """For each side of a shake or nod, the frames to judge it by, the best one first."""
    return [_evidence(motion, event.action, side) for side in event.sides]


def flatness(frames: Sequence[Frame], motion: Motion, event: Event) -> Flatness | None:
    """Why the turns of a shake or nod are not those of a head; None if they are, on every side."""
    sides = (_flat(frames, motion, event.action, side) for side in evidence(motion, event))
    bent = (_bent(frames, motion, event.action, side) for side in event.sides)
    return next((flat for flat in itertools.chain(sides, bent) if flat), None)


def _evidence(motion: Motion, action: Action, side: Span) -> list[int]:
    return _nearest(_angles(motion, action), side, _WELL_POSED[action], _IDEAL[action])


def _nearest(angles: np.ndarray, side: Span, within: tuple[float, float], best: float) -> list[int]:
    """Up to `_JUDGED` frames of a side whose angles lie within limits, or else the nearest one; the best one first."""
    span = sorted(range(side[0], side[1] + 1), key=lambda index: abs(angles[index] - best))
    return [index for index in span if within[0] <= angles[index] <= within[1]][:_JUDGED] or span[:1]


def _bent(frames: Sequence[Frame], motion: Motion, action: Action, side: Span) -> Flatness | None:
    """The frame in the middle of those in which the nose does not stand out, if most are such.

    The lesser side of a shake may be too small to tell; then the other one is not.
    """
    angles, rest = _angles(motion, action), frames[motion.rest]
    if action is Action.SHAKE and angles[side[0] : side[1] + 1].max() < _FOLLOWED[action][0]:
        return None
    seen = []
    for index in _nearest(angles, side, _FOLLOWED[action], _LIKELY[action]):
        turned, turn = frames[index], motion.turns[index]
        pictures = rest.pixels, rest.mesh, turned.pixels, turned.mesh
        seen.append((parallax(*pictures, turn, action is Action.SHAKE), index))
    measured, index = sorted(seen)[len(seen) // 2]
    if measured >= _STANDS_OUT:
        return None
    angle = float(angles[index])
    return Flatness(index, angle, measured, _STANDS_OUT, too_far=angle > _FOLLOWED[action][1])


def _flat(frames: Sequence[Frame], motion: Motion, action: Action, judged: Sequence[int]) -> Flatness | None:
    """The best frame that does not show a head, unless most do."""
    angles, against = _angles(motion, action), []
    for number, index in enumerate(judged, 1):
        if doubt := _doubt(frames, motion, action, index):
            angle = float(angles[index])
            against.append(Flatness(index, angle, *doubt, too_far=angle > _WELL_POSED[action][1]))
        if 2 * len(against) >= len(judged):
            return against[0]
        if 2 * (number - len(against)) > len(judged):
            break
    return None


def _angles(motion: Motion, action: Action) -> np.ndarray:
    """(n,): degrees from rest in the direction of a shake or nod."""
    return np.abs(motion.angles[:, 0 if action is Action.SHAKE else 1])


def _doubt(frames: Sequence[Frame], motion: Motion, action: Action, index: int) -> tuple[float, float] | None:
    """What makes the turn from rest that of a photo, and the limit that it breaks; None for a head's."""
    rest, turned, turn = frames[motion.rest], frames[index], motion.turns[index]
    angle = max(abs(turn.yaw), abs(turn.pitch))
    limits = _MAX_ERRORS[action], _MIN_SQUEEZES
    most, least = (float(np.interp(angle, *zip(*bounds, strict=True))) for bounds in limits)
    if turn.error > most:
        return turn.error, most
    if turn.squeeze < least:
        return turn.squeeze, least
    if turn.error > _SURE:
        likeness = sheet_likeness(rest.pixels, rest.mesh, turned.pixels, turned.mesh)
        if likeness > _SHEET:
            return likeness, _SHEET
    return None
