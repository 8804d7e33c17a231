"""Do frames show the actions that a session asked for, done by one live person?"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.blur import blur
from visage.faces.compare import compare_embeddings
from visage.faces.embed import embed
from visage.faces.recapture import recapture
from visage.faces.sheet import sheet_likeness
from visage.faces.types import Box
from visage.liveness.actions import TURNS, Action
from visage.liveness.continuity import breaks
from visage.liveness.frames import Flaw, Frame, see
from visage.liveness.motion import Event, Motion, events, perform, strays
from visage.media.decode import Picture
from visage.media.limits import LIVENESS
from visage.media.pictures import see_each

FRAMES = (8, 60)
"""Frames of a sequence, at least and at most."""

_COMPARED = 12
"""Frames spread over the sequence whose faces are compared with the one at rest, beside those that show the actions."""
_SAME_PERSON = "0.001"
"""The false match rate at whose threshold frames count as one person's."""
_STRAYS = 1
"""Actions that may be shown beyond those asked for."""
_BEST = 5
"""Frames in which recapture is looked for; the median counts."""
_ERRORS = (10.0, 1.1), (20.0, 0.85)
"""Degrees of a turn, and the most of `Turn.error` there: the points of a small one tell less."""
_SQUEEZE = 0.88
"""The least of `Turn.squeeze`."""
_SHEET, _SURE = 0.975, 0.6
"""The most of `sheet_likeness`, and the error up to which it does not matter: small turns hide little of a face."""


@dataclass(frozen=True, slots=True)
class Performance:
    """An action that was asked for."""

    action: Action
    frame: int | None
    """The frame that shows it best; None where it was not seen."""


@dataclass(frozen=True, slots=True)
class Best:
    """The frame that shows the person best."""

    frame: int
    box: Box
    """Where the face is, in pixels of the frame as it was sent, upright."""
    recapture: float
    """0–1: how surely the best frames show a screen or a print; their median."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a sequence shows."""

    performances: tuple[Performance, ...]
    same_person: bool
    best: Best | None
    """None where a frame shows no face, or several."""
    flaws: tuple[Flaw, ...]

    @property
    def passed(self) -> bool:
        return not self.flaws


def verify(asked: Sequence[Action], library: str, urls: Sequence[str], block: float, until: float) -> Verdict:
    """Judges the frames at a library's addresses, 8 to 60 in the order of time.

    From the rate `block` on, 0–1, the best frames count as recaptured.
    Raises what fetching and decoding a frame raise, the detail beginning with the frame's number, and
    VisageError(OUT_OF_TIME) when not all is done by `until` (time.monotonic).
    """
    seen = see_each(urls, LIVENESS, library, until, lambda _url, picture: (picture, see(picture.pixels)))
    pictures, looks = zip(*(_look(seen, number, url) for number, url in enumerate(urls)), strict=True)
    flaws = [Flaw.REPEATED] if len(seen) < len(urls) else []
    unclear = [look for look in looks if isinstance(look, Flaw)]
    if unclear:
        return Verdict(tuple(Performance(action, None) for action in asked), False, None, _once(flaws + unclear))
    return _judge(asked, pictures, looks, flaws, block, until)


def _look(
    seen: Mapping[str, tuple[Picture, Frame | Flaw] | VisageError], number: int, url: str
) -> tuple[Picture, Frame | Flaw]:
    look = seen.get(url) or VisageError(Reason.OUT_OF_TIME)
    if isinstance(look, VisageError):
        raise VisageError(look.reason, f"urls[{number}]: {look.detail}")
    return look


def _judge(
    asked: Sequence[Action],
    pictures: Sequence[Picture],
    frames: Sequence[Frame],
    flaws: list[Flaw],
    block: float,
    until: float,
) -> Verdict:
    """The verdict on frames that each show one face."""
    motion = Motion.of(frames)
    performed = perform(asked, events(motion))
    flaws += breaks(frames)
    if None in performed:
        flaws.append(Flaw.ACTION_MISSING)
    if strays(asked, motion) > _STRAYS:
        flaws.append(Flaw.OTHER_ACTIONS)
    done = [event for event in performed if event]
    if not all(_turned(frames, motion, event) for event in done if event.action in TURNS):
        flaws.append(Flaw.FLAT)
    same_person = _same_person(frames, motion.rest, [peak for event in done for peak in event.peaks], until)
    if not same_person:
        flaws.append(Flaw.OTHER_PERSON)
    best, rate = _best(frames, motion)
    if rate >= block:
        flaws.append(Flaw.RECAPTURED)
    return Verdict(
        tuple(
            Performance(action, event.peaks[-1] if event else None)
            for action, event in zip(asked, performed, strict=True)
        ),
        same_person,
        Best(best, _sent(frames[best].face.box, pictures[best]), rate),
        _once(flaws),
    )


def _turned(frames: Sequence[Frame], motion: Motion, event: Event) -> bool:
    """Whether a head has turned rather than a photo: a shaken one to both sides, a nodding one to either, since a
    raised chin hides from the mesh what the points would tell."""
    sides = [_solid(frames, motion, peak) for peak in event.peaks]
    return all(sides) if event.action is Action.SHAKE else any(sides)


def _solid(frames: Sequence[Frame], motion: Motion, peak: int) -> bool:
    """Whether it is a head that has turned from rest, rather than a photo."""
    rest, turned, turn = frames[motion.rest], frames[peak], motion.turns[peak]
    (small, loose), (large, strict) = _ERRORS
    most = np.interp(max(abs(turn.yaw), abs(turn.pitch)), (small, large), (loose, strict))
    if turn.error > most or turn.squeeze < _SQUEEZE:
        return False
    return turn.error <= _SURE or sheet_likeness(rest.pixels, rest.mesh, turned.pixels, turned.mesh) <= _SHEET


def _same_person(frames: Sequence[Frame], rest: int, peaks: Sequence[int], until: float) -> bool:
    """Whether the person at rest is the one who shows the actions, and the one in frames all over the sequence."""
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
    """The sharpest of the frames nearest to rest, and how surely these show a screen or a print."""
    distance = np.abs(motion.angles).sum(axis=1) + 100 * np.abs(motion.eyes - 1).max(axis=1)
    nearest = np.argsort(distance, kind="stable")[:_BEST].tolist()
    best = min(nearest, key=lambda index: blur(frames[index].pixels, frames[index].face))
    return best, float(np.median([recapture(frames[index].pixels, frames[index].face) for index in nearest]))


def _sent(box: Box, picture: Picture) -> Box:
    """A box in pixels of the frame as it was sent."""
    across, down = picture.width / picture.pixels.shape[1], picture.height / picture.pixels.shape[0]
    return Box(box.left * across, box.top * down, box.width * across, box.height * down)


def _once(flaws: Sequence[Flaw]) -> tuple[Flaw, ...]:
    return tuple(dict.fromkeys(flaws))
