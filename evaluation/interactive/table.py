"""The rows of the table: people, attacks, and the verdict on each sequence."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, permutations
from pathlib import Path

import numpy as np
from PIL import Image

from demo.acting import Actor
from visage.faces.detection.detect import detect_largest
from visage.liveness.actions import TURNS, Action
from visage.liveness.events import events, match_actions
from visage.liveness.frames import Frame
from visage.liveness.motion import Motion

from . import attacks
from .judging import Row, Seen, judged, seen
from .labels import Clip, pictures
from .windows import Window, at_rate, between, dimmed, windows

SLOW = 5.0
"""Frames a second of the lower rate."""
_SEQUENCE = 24
"""Frames of a replayed sequence."""
_STEP = 8
SEQUENCES = tuple(asked for asked in permutations(Action, 3) if TURNS & set(asked))
"""What a session may ask for."""


def people(folder: Path, clips: Sequence[Clip]) -> Iterator[Row]:
    """Windows of clips that show the required actions: as recorded, at two other rates, and in dim light."""
    rows: dict[tuple[str, str], Row] = {}
    for clip in clips:
        random = np.random.default_rng(0)
        frames = pictures(folder, clip.name)
        as_is = [seen(frame) for frame in frames]
        dim = [seen(dimmed(frame, random)) for frame in frames]
        fast = [seen(between(*pair, random)) for pair in zip(frames, frames[1:], strict=False)]
        for window in windows(clip, len(frames)):
            for kind, shown in variants(window, as_is, dim, fast):
                row = rows.setdefault((clip.half, kind), Row(f"people, {kind} ({clip.half})"))
                names = " ".join(action.value for action in window.asked)
                what = f"{clip.name} {window.first}–{window.last} {names}"
                row.add(clip.person, judged(window.asked, shown), what)
    yield from (rows[key] for key in sorted(rows))


def variants(
    window: Window, as_is: Sequence[Seen], dim: Sequence[Seen], fast: Sequence[Seen]
) -> Iterator[tuple[str, Sequence[Seen]]]:
    """A window's frames as recorded, in dim light and at both other rates, where the clip allows them."""
    first, last = window.first, window.last
    yield "as recorded", as_is[first : last + 1]
    yield "in dim light", dim[first : last + 1]
    if picked := at_rate(window, SLOW):
        yield f"{SLOW:.0f} frames a second", [as_is[index] for index in picked]
    if 2 * (last - first) + 1 <= 60:
        doubled = [frame for index in range(first, last) for frame in (as_is[index], fast[index])]
        yield "15 frames a second", [*doubled, as_is[last]]


def photos(files: Sequence[Path], most: int) -> Iterator[Row]:
    """Photos of people, held by hand."""
    rows: dict[str, Row] = {}
    for number, actor in enumerate(actors(files, most)):
        for (name, turn), held in attacks.holds().items():
            for suffix, asked, frames in attacks.attacks(actor, turn, held):
                row = rows.setdefault(name + suffix, Row(name + suffix))
                row.add(str(number), judged(asked, [seen(frame) for frame in frames]), f"{number} {turn.value}")
    yield from rows.values()


def actors(files: Sequence[Path], most: int) -> Iterator[Actor]:
    """The first `most` people whose photo shows nobody else."""
    made = (Actor(np.asarray(Image.open(file).convert("RGB"))) for file in files if _has_face(file))
    return islice((one for one in made if isinstance(seen(one.still)[1], Frame)), most)


def _has_face(file: Path) -> bool:
    return detect_largest(np.asarray(Image.open(file).convert("RGB"))) is not None


def replays(name: str, sequences: Mapping[str, Sequence[np.ndarray]]) -> Iterator[Row]:
    """Recorded attacks, in runs of 24 frames: against every sequence of three actions, and against the actions that a
    run happens to show, where only the face, its motion and the screen can reveal it."""
    random = Row(f"{name}, any three actions")
    fitting = Row(f"{name}, the actions that it shows")
    for subject, frames in sequences.items():
        analysed = [seen(frame) for frame in frames]
        for start in range(0, max(len(frames) - _SEQUENCE, 0) + 1, _STEP):
            shown = analysed[start : start + _SEQUENCE]
            what = f"{subject} {start}–{start + len(shown) - 1}"
            fits = list(_fitting([frame for _, frame in shown]))
            for asked in fits or [(Action.SHAKE, Action.BLINK, Action.NOD)]:
                verdict = judged(asked, shown)
                (fitting if fits else random).add(subject, verdict, what)
                if fits and len(asked) == 3:
                    random.add(subject, verdict, what)
            # The others lack an action.
            random.asked += len(SEQUENCES) - (sum(len(asked) == 3 for asked in fits) if fits else 1)
    yield from (row for row in (random, fitting) if row.asked)


def _fitting(frames: Sequence[object]) -> Iterator[tuple[Action, ...]]:
    """The sequences of up to three actions, a turn among them, that frames show."""
    if not all(isinstance(frame, Frame) for frame in frames):
        return
    found = events(Motion.of(frames))
    for count in (1, 2, 3):
        for asked in permutations(Action, count):
            if TURNS & set(asked) and None not in match_actions(asked, found):
                yield asked
