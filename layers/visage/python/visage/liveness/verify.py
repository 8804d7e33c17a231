"""Interactive liveness: whether frames show the requested actions, performed by one live person."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.appearance.blur import blur
from visage.faces.appearance.recapture import recapture
from visage.faces.landmarks.sheet import sheet_likeness
from visage.faces.recognition.compare import compare_embeddings
from visage.faces.recognition.embed import embed
from visage.faces.types import Box
from visage.liveness.actions import TURNS, Action
from visage.liveness.continuity import discontinuities
from visage.liveness.frames import Flaw, Frame, see
from visage.liveness.motion import Event, Motion, events, match_actions, unrequested
from visage.media.decode import Picture
from visage.media.limits import LIVENESS
from visage.media.pictures import see_each

FRAMES = (8, 60)
"""Minimum and maximum number of frames in a sequence."""

_COMPARED = 12
"""Frames, spread over the sequence, whose faces are compared with the one at rest, besides those that show the
actions."""
_SAME_PERSON = "0.001"
"""The false match rate at whose threshold frames count as the same person."""
_MAX_UNREQUESTED = 1
"""Actions that may be shown beyond those requested."""
_RECAPTURE_FRAMES = 5
"""Frames scored for recapture; the median counts."""
_MAX_ERRORS = (10.0, 1.1), (20.0, 0.85)
"""Degrees of a turn, and the maximum `Turn.error` there: the points of a small turn tell less."""
_MIN_SQUEEZE = 0.88
"""The minimum `Turn.squeeze`."""
_SHEET, _SURE = 0.975, 0.6
"""The maximum `sheet_likeness`, and the error up to which it is ignored: small turns hide little of a face."""


@dataclass(frozen=True, slots=True)
class Performance:
    """The result for a requested action."""

    action: Action
    frame: int | None
    """Index of the frame that shows it best; None if it was not seen."""


@dataclass(frozen=True, slots=True)
class Best:
    """The frame that shows the person best."""

    frame: int
    box: Box
    """The face in pixels of the frame as it was sent, upright."""
    recapture: float
    """0–1: median confidence that the best frames show a screen or a print."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of judging a sequence."""

    performances: tuple[Performance, ...]
    same_person: bool
    best: Best | None
    """None if a frame has no face, or several."""
    flaws: tuple[Flaw, ...]

    @property
    def passed(self) -> bool:
        return not self.flaws


def verify(requested: Sequence[Action], library: str, urls: Sequence[str], block: float, until: float) -> Verdict:
    """Judge 8 to 60 frames, in chronological order, at a library's URLs.

    From the score `block` on, 0–1, the best frames count as recaptured. Raises VisageError with what is wrong with
    fetching or decoding a frame, its number in front of the detail, and VisageError(OUT_OF_TIME) when not all is done
    by `until` (time.monotonic).
    """
    seen = see_each(urls, LIVENESS, library, until, lambda _url, picture: (picture, see(picture.pixels)))
    pictures, analyses = zip(*(_analysed(seen, number, url) for number, url in enumerate(urls)), strict=True)
    flaws = [Flaw.REPEATED] if len(seen) < len(urls) else []
    unclear = [analysis for analysis in analyses if isinstance(analysis, Flaw)]
    if unclear:
        return Verdict(tuple(Performance(action, None) for action in requested), False, None, _unique(flaws + unclear))
    return _judge(requested, pictures, analyses, flaws, block, until)


def _analysed(
    seen: Mapping[str, tuple[Picture, Frame | Flaw] | VisageError], number: int, url: str
) -> tuple[Picture, Frame | Flaw]:
    analysis = seen.get(url) or VisageError(Reason.OUT_OF_TIME)
    if isinstance(analysis, VisageError):
        raise VisageError(analysis.reason, f"urls[{number}]: {analysis.detail}")
    return analysis


def _judge(
    requested: Sequence[Action],
    pictures: Sequence[Picture],
    frames: Sequence[Frame],
    flaws: list[Flaw],
    block: float,
    until: float,
) -> Verdict:
    """Judge frames that each show one face."""
    motion = Motion.of(frames)
    performed = match_actions(requested, events(motion))
    flaws += discontinuities(frames)
    if None in performed:
        flaws.append(Flaw.ACTION_MISSING)
    if unrequested(requested, motion) > _MAX_UNREQUESTED:
        flaws.append(Flaw.OTHER_ACTIONS)
    seen_events = [event for event in performed if event]
    if not all(_turned(frames, motion, event) for event in seen_events if event.action in TURNS):
        flaws.append(Flaw.FLAT)
    same_person = _same_person(frames, motion.rest, [peak for event in seen_events for peak in event.peaks], until)
    if not same_person:
        flaws.append(Flaw.OTHER_PERSON)
    best, rate = _best(frames, motion)
    if rate >= block:
        flaws.append(Flaw.RECAPTURED)
    return Verdict(
        tuple(
            Performance(action, event.peaks[-1] if event else None)
            for action, event in zip(requested, performed, strict=True)
        ),
        same_person,
        Best(best, _as_sent(frames[best].face.box, pictures[best]), rate),
        _unique(flaws),
    )


def _turned(frames: Sequence[Frame], motion: Motion, event: Event) -> bool:
    """Whether a head turned rather than a photo: to both sides for a shake, to either for a nod, since a raised chin
    hides what the mesh's points would tell."""
    sides = [_solid(frames, motion, peak) for peak in event.peaks]
    return all(sides) if event.action is Action.SHAKE else any(sides)


def _solid(frames: Sequence[Frame], motion: Motion, peak: int) -> bool:
    """Whether the turn from rest is that of a head rather than a photo."""
    rest, turned, turn = frames[motion.rest], frames[peak], motion.turns[peak]
    (small, loose), (large, strict) = _MAX_ERRORS
    maximum = np.interp(max(abs(turn.yaw), abs(turn.pitch)), (small, large), (loose, strict))
    if turn.error > maximum or turn.squeeze < _MIN_SQUEEZE:
        return False
    return turn.error <= _SURE or sheet_likeness(rest.pixels, rest.mesh, turned.pixels, turned.mesh) <= _SHEET


def _same_person(frames: Sequence[Frame], rest: int, peaks: Sequence[int], until: float) -> bool:
    """Whether the person at rest is the one who performs the actions and the one in frames all over the sequence."""
    spread = np.linspace(0, len(frames) - 1, min(_COMPARED, len(frames))).round().astype(int).tolist()
    reference = embed(frames[rest].pixels, frames[rest].face)
    for index in sorted({*spread, *peaks} - {rest}):
        if time.monotonic() > until:
            raise VisageError(Reason.OUT_OF_TIME)
        comparison = compare_embeddings(reference, embed(frames[index].pixels, frames[index].face))
        if comparison.score < comparison.thresholds[_SAME_PERSON]:
            return False
    return True


def _best(frames: Sequence[Frame], motion: Motion) -> tuple[int, float]:
    """The sharpest of the frames closest to rest, and the median recapture score of those frames, 0–1."""
    distance = np.abs(motion.angles).sum(axis=1) + 100 * np.abs(motion.eyes - 1).max(axis=1)
    nearest = np.argsort(distance, kind="stable")[:_RECAPTURE_FRAMES].tolist()
    best = min(nearest, key=lambda index: blur(frames[index].pixels, frames[index].face))
    return best, float(np.median([recapture(frames[index].pixels, frames[index].face) for index in nearest]))


def _as_sent(box: Box, picture: Picture) -> Box:
    """A box in pixels of the frame as it was sent."""
    across, down = picture.width / picture.pixels.shape[1], picture.height / picture.pixels.shape[0]
    return Box(box.left * across, box.top * down, box.width * across, box.height * down)


def _unique(flaws: Sequence[Flaw]) -> tuple[Flaw, ...]:
    return tuple(dict.fromkeys(flaws))
