"""Cuts sequences of frames from clips, as a client would send them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visage.liveness.actions import Action
from visage.liveness.bounds import FRAMES

from .halfway import halfway
from .labels import Clip, Shown

_MARGIN = 0.8
"""Seconds of a clip that a window shows before its first action and after its last."""
_LEAST = 2
"""Minimum frames at rest that it shows there."""
_LONGEST = 3
"""Maximum actions in one window."""
_NOISE = 2.0
"""Standard deviation of a camera frame's noise, in grey levels; synthetic frames need the same noise."""
DIM = 0.35
"""Share of the light, and of the pixels' values, that is left in dim light."""


@dataclass(frozen=True, slots=True)
class Window:
    """A run of frames, and the actions that it shows in order."""

    clip: Clip
    first: int
    last: int
    asked: tuple[Action, ...]


def windows(clip: Clip, frames: int) -> Iterator[Window]:
    """The windows of one to three different consecutive actions in a clip of `frames` frames."""
    margin = round(_MARGIN * clip.rate)
    for start in range(len(clip.shown)):
        for end in range(start + 1, min(start + _LONGEST, len(clip.shown)) + 1):
            shown = clip.shown[start:end]
            asked = tuple(each.action for each in shown)
            if len(set(asked)) < len(asked):
                break
            first, last = max(shown[0].first - margin, 0), min(shown[-1].last + margin, frames - 1)
            first, last = _long_enough(first, last, frames)
            within = shown[0].first - first >= min(_LEAST, shown[0].first) and last - shown[-1].last >= _LEAST
            if within and last - first < FRAMES[1]:
                yield Window(clip, first, last, asked)


def _long_enough(first: int, last: int, frames: int) -> tuple[int, int]:
    lacking = max(FRAMES[0] - (last - first + 1), 0)
    first = max(first - (lacking + 1) // 2, 0)
    return first, min(max(last, first + FRAMES[0] - 1), frames - 1)


def at_rate(window: Window, rate: float) -> list[int] | None:
    """The frames of a window at a lower rate; None if they miss an action or are too few."""
    count = int((window.last - window.first) / window.clip.rate * rate) + 1
    picked = [window.first + round(number * window.clip.rate / rate) for number in range(count)]
    kept = all(any(each.first <= index <= each.last for index in picked) for each in _inside(window))
    return picked if kept and len(picked) >= FRAMES[0] else None


def _inside(window: Window) -> Sequence[Shown]:
    return [each for each in window.clip.shown if window.first <= each.first and each.last <= window.last]


def dimmed(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A frame, uint8 (h, w, 3), in dim light, with the noise of a camera."""
    dark = DIM * picture.astype(np.float32) + random.normal(0, _NOISE, picture.shape)
    return np.clip(dark, 0, 255).astype(np.uint8)


def between(before: np.ndarray, after: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A frame half-way between two, all uint8 (h, w, 3), with its own noise."""
    return np.clip(halfway(before, after) + random.normal(0, _NOISE, before.shape), 0, 255).astype(np.uint8)
