"""Frames of people's clips in another order: how often that is seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from visage.liveness.actions import TURNS
from visage.liveness.continuity import disorders

from .judging import Row, seen
from .labels import Clip, pictures
from .table import variants
from .windows import between, windows

_TIMES = 20
"""Orders of each kind that are drawn for a window."""

Order = Callable[[int, np.random.Generator], np.ndarray]
"""An order of so many frames."""


def orders(folder: Path, clips: Sequence[Clip]) -> Iterator[Row]:
    """Of windows with a turn, as every session has one: those in which neither the order nor a jump is remarked."""
    rows: dict[tuple[str, str, str], Row] = {}
    for clip in clips:
        random = np.random.default_rng(0)
        frames = pictures(folder, clip.name)
        as_is = [seen(frame) for frame in frames]
        fast = [seen(between(*pair, random)) for pair in zip(frames, frames[1:], strict=False)]
        for window in windows(clip, len(frames)):
            for rate, shown in variants(window, as_is, [], fast) if TURNS & set(window.asked) else ():
                for kind, order in KINDS.items() if shown else ():
                    row = rows.setdefault((clip.half, kind, rate), Row(f"{kind}, {rate} ({clip.half})"))
                    for _ in range(1 if kind == "in order" else _TIMES):
                        row.asked += 1
                        row.subjects.add(clip.person)
                        row.passed += not any(disorders([shown[at][1] for at in order(len(shown), random)]))
    yield from (rows[key] for key in sorted(rows))


def _astray(share: float) -> Order:
    """A share of the frames, from anywhere, change places."""

    def order(count: int, random: np.random.Generator) -> np.ndarray:
        places = np.arange(count)
        astray = np.sort(random.choice(count, round(share * count), replace=False))
        places[astray] = random.permutation(astray)
        return places

    return order


def _in_a_row(count: int, random: np.random.Generator) -> np.ndarray:
    """Half of the frames, one after the other, change places."""
    places, length = np.arange(count), count // 2
    first = random.integers(0, count - length + 1)
    places[first : first + length] = first + random.permutation(length)
    return places


def _backwards(count: int, random: np.random.Generator) -> np.ndarray:
    """A third to a half of the frames, in a row, run backwards."""
    places, length = np.arange(count), random.integers(count // 3, count // 2 + 1)
    first = random.integers(0, count - length + 1)
    places[first : first + length] = places[first : first + length][::-1].copy()
    return places


KINDS: Mapping[str, Order] = {
    "in order": lambda count, _random: np.arange(count),
    "shuffled": lambda count, random: random.permutation(count),
    "half of the frames astray": _astray(0.5),
    "a quarter astray": _astray(0.25),
    "half in a row shuffled": _in_a_row,
    "a piece backwards": _backwards,
}
