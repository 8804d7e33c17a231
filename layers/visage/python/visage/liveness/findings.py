"""Makes findings of what the checks saw; each says what the person can do."""

from collections.abc import Iterator, Sequence

import numpy as np

from visage.faces.landmarks.pose import pose
from visage.liveness.actions import Action
from visage.liveness.bounds import MIN_SIDE
from visage.liveness.events import NEEDED, Reach
from visage.liveness.flaws import Finding, Flaw, Hint, Unit
from visage.liveness.frames import Frame
from visage.liveness.identity import Stranger
from visage.liveness.solidity import Flatness

_DARK = 40.0
"""Mean brightness, of 255, below which a picture is too dark to find a face in."""
_FAR = 25.0
"""Yaw in degrees, beside a frame without a face, from which the head has turned too far for the networks."""
_HINTS = {
    Action.BLINK: Hint.CLOSE_EYES,
    Action.OPEN_MOUTH: Hint.OPEN_WIDER,
    Action.SHAKE: Hint.TURN_MORE,
    Action.NOD: Hint.NOD_MORE,
}
UNITS = {
    Action.BLINK: Unit.SHARE,
    Action.OPEN_MOUTH: Unit.EYE_DISTANCES,
    Action.SHAKE: Unit.DEGREES,
    Action.NOD: Unit.DEGREES,
}
"""What an action is measured in."""


def unclear(pictures: Sequence[np.ndarray], analyses: Sequence[Frame | Flaw]) -> Iterator[Finding]:
    """For each reason why a frame cannot be judged, the first such frame; pictures are uint8 (h, w, 3)."""
    kinds = [analysis if isinstance(analysis, Flaw) else None for analysis in analyses]
    for flaw in dict.fromkeys(kind for kind in kinds if kind):
        number = kinds.index(flaw)
        if flaw is Flaw.NO_FACE:
            yield _no_face(pictures[number], analyses, number)
        elif flaw is Flaw.SMALL_FACE:
            yield Finding(flaw, Hint.COME_CLOSER, number, limit=MIN_SIDE, unit=Unit.PIXELS)
        else:
            yield Finding(flaw, Hint.ONE_PERSON, number)
    sizes = [picture.shape[:2] for picture in pictures]
    other = next((number for number, size in enumerate(sizes) if size != sizes[0]), None)
    if other is not None:
        measured, limit = max(sizes[other]), max(sizes[0])
        yield Finding(Flaw.MIXED_SIZES, Hint.ONE_CAMERA, other, measured=measured, limit=limit, unit=Unit.PIXELS)


def _no_face(picture: np.ndarray, analyses: Sequence[Frame | Flaw], number: int) -> Finding:
    brightness = float(picture.mean())
    if brightness < _DARK:
        return Finding(Flaw.NO_FACE, Hint.MORE_LIGHT, number, measured=brightness, limit=_DARK, unit=Unit.GREY_LEVELS)
    beside = [each for each in (*analyses[:number][-1:], *analyses[number + 1 :][:1]) if isinstance(each, Frame)]
    far = any(abs(pose(frame.mesh).yaw) > _FAR for frame in beside)
    return Finding(Flaw.NO_FACE, Hint.TURN_LESS if far else Hint.SHOW_FACE, number)


def missing(action: Action, reached: Reach | None) -> Finding:
    """An action that was not seen, and how far it came."""
    if reached is None:
        return Finding(Flaw.ACTION_MISSING, _HINTS[action], action=action, limit=NEEDED[action], unit=UNITS[action])
    return Finding(
        Flaw.ACTION_MISSING, _HINTS[action], reached.frame, action, reached.value, NEEDED[action], UNITS[action]
    )


def flat(action: Action, seen: Flatness) -> Finding:
    """A turn that is not that of a head."""
    hint = Hint.TURN_LESS if seen.too_far else Hint.OWN_HEAD
    return Finding(Flaw.FLAT, hint, seen.frame, action, seen.measured, seen.limit, Unit.SHARE)


def strange(seen: Stranger) -> Finding:
    """A frame with another person."""
    return Finding(
        Flaw.OTHER_PERSON, Hint.ONE_PERSON, seen.frame, measured=seen.score, limit=seen.threshold, unit=Unit.SCORE
    )
