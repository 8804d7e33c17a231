"""Interactive liveness: whether frames show the requested actions, performed by one live person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.appearance.blur import blur
from visage.faces.appearance.recapture import recapture
from visage.faces.types import Box
from visage.liveness.actions import TURNS, Action
from visage.liveness.continuity import discontinuities
from visage.liveness.events import Event, Reach, events, match_actions, reach, unrequested
from visage.liveness.findings import flat, missing, strange, unclear
from visage.liveness.flaws import Finding, Flaw, Hint, Unit
from visage.liveness.frames import Frame, see
from visage.liveness.identity import stranger
from visage.liveness.motion import Motion
from visage.liveness.solidity import evidence, flatness
from visage.media.decode import Picture
from visage.media.limits import LIVENESS
from visage.media.pictures import see_each

_MAX_UNREQUESTED = 1
"""Actions that may be shown beyond those requested."""
_CHANCES = 3
"""How often, at most, the actions are looked for, each time without the turns that did not convince before."""
_RECAPTURE_FRAMES = 5
"""Frames scored for recapture; the median counts."""


@dataclass(frozen=True, slots=True)
class Performance:
    """The result for a requested action."""

    action: Action
    frame: int | None
    """Index of the frame that shows it best; None if it was not seen."""
    reach: Reach | None = None
    """How far it came, if it was not seen but looked for."""


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
    """None if a frame has no face, or several, or another size."""
    findings: tuple[Finding, ...]

    @property
    def flaws(self) -> tuple[Flaw, ...]:
        """The kinds of findings, each once."""
        return tuple(dict.fromkeys(finding.flaw for finding in self.findings))

    @property
    def passed(self) -> bool:
        return not self.findings


def verify(requested: Sequence[Action], library: str, urls: Sequence[str], block: float, until: float) -> Verdict:
    """Judge 8 to 60 frames, in chronological order, at a library's URLs.

    From the score `block` on, 0–1, the best frames count as recaptured. Raises VisageError with what is wrong with
    fetching or decoding a frame, its number in front of the detail, and VisageError(OUT_OF_TIME) when not all is done
    by `until` (time.monotonic).
    """
    seen = see_each(urls, LIVENESS, library, until, lambda _url, picture: (picture, see(picture.pixels)))
    analysed = [_analysed(seen, number, url) for number, url in enumerate(urls)]
    return judge(requested, analysed, block, until, [_same_address(urls)] if len(seen) < len(urls) else [])


def judge(
    requested: Sequence[Action],
    analysed: Sequence[tuple[Picture, Frame | Flaw]],
    block: float,
    until: float,
    known: Sequence[Finding] = (),
) -> Verdict:
    """Judge pictures and what `see` made of each, in chronological order; `known` are earlier findings.

    Raises VisageError(OUT_OF_TIME) when not all is done by `until` (time.monotonic).
    """
    pictures, frames = zip(*analysed, strict=True)
    doubts = list(unclear([picture.pixels for picture in pictures], frames))
    if doubts:
        return Verdict(tuple(Performance(action, None) for action in requested), False, None, (*known, *doubts))
    motion = Motion.of(frames)
    performed, flaws = _performed(requested, frames, motion)
    performances = tuple(_performances(requested, performed, motion))
    findings = [*known, *discontinuities(frames)]
    if None in performed:
        # Only the first that is missing was looked for.
        first = performances[performed.index(None)]
        findings.append(missing(first.action, first.reach))
    findings += _extra(requested, motion)
    shown = [event for event in performed if event]
    turned = [event for event in shown if event.action in TURNS]
    findings += flaws
    proofs = [peak for event in shown for peak in event.peaks]
    proofs += [index for event in turned for side in evidence(motion, event) for index in side]
    other = stranger(frames, motion, proofs, until)
    findings += [strange(other)] if other else []
    best, rate = _best(frames, motion)
    if rate >= block:
        measured, limit = 100 * rate, 100 * block
        findings.append(Finding(Flaw.RECAPTURED, Hint.OWN_FACE, best, None, measured, limit, Unit.SCORE))
    return Verdict(
        performances, other is None, Best(best, _as_sent(frames[best].face.box, pictures[best]), rate), tuple(findings)
    )


def _performed(
    requested: Sequence[Action], frames: Sequence[Frame], motion: Motion
) -> tuple[Sequence[Event | None], Sequence[Finding]]:
    """The events that show the requested actions, None from the first that is missing, and which of them a photo made.

    People move their heads before they do what they are asked to: turns that do not convince are passed over, if others
    that do follow in their place.
    """
    seen = events(motion)
    first: tuple[Sequence[Event | None], Sequence[Finding]] | None = None
    for _ in range(_CHANCES):
        performed = match_actions(requested, seen)
        turned = [event for event in performed if event and event.action in TURNS]
        doubts = {event: doubt for event in turned if (doubt := flatness(frames, motion, event))}
        found = performed, [flat(event.action, doubt) for event, doubt in doubts.items()]
        first = first or found
        if not doubts or None in performed:
            break
        seen = [event for event in seen if event not in doubts]
    return first if None in performed or doubts else found


def _extra(requested: Sequence[Action], motion: Motion) -> Sequence[Finding]:
    more = unrequested(requested, motion)
    if more <= _MAX_UNREQUESTED:
        return ()
    return (Finding(Flaw.OTHER_ACTIONS, Hint.ONLY_ASKED, None, None, more, _MAX_UNREQUESTED, Unit.COUNT),)


def _analysed(
    seen: Mapping[str, tuple[Picture, Frame | Flaw] | VisageError], number: int, url: str
) -> tuple[Picture, Frame | Flaw]:
    analysis = seen.get(url) or VisageError(Reason.OUT_OF_TIME)
    if isinstance(analysis, VisageError):
        raise VisageError(analysis.reason, f"urls[{number}]: {analysis.detail}")
    return analysis


def _same_address(urls: Sequence[str]) -> Finding:
    again = next(number for number, url in enumerate(urls) if url in urls[:number])
    return Finding(Flaw.REPEATED, Hint.RECORD_AGAIN, again)


def _performances(
    requested: Sequence[Action], performed: Sequence[Event | None], motion: Motion
) -> Sequence[Performance]:
    found, start = [], 0
    for action, event in zip(requested, performed, strict=True):
        if event:
            found.append(Performance(action, event.peaks[-1]))
            start = event.done + 1
        else:
            first = not found or found[-1].frame is not None
            found.append(Performance(action, None, reach(action, motion, start) if first else None))
    return found


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
