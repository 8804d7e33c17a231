"""Checks that frames form a continuous sequence: no earlier frame again, no jump, no shuffling."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from visage.faces.imaging.resample import shrink
from visage.faces.landmarks.pose import pose
from visage.liveness.bounds import FRAMES
from visage.liveness.flaws import Finding, Flaw, Hint, Unit
from visage.liveness.frames import Frame

_EDGES = 234, 454
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in a grey value (ITU-R BT.601)."""
_COMPARED_SIZE = 48
"""Size in pixels of the face at which frames are compared."""
_SAME_PICTURE = 0.6
"""Mean grey difference, of 255, below which two faces are the same picture: frames of people who keep still differ by
0.8 or more, a recompressed frame by less than this (training/NOTES.md)."""
_BESIDE = 2
"""How many frames apart the same picture may come again."""
_CONTRAST = 40.0
"""Standard deviation of the face's greys below which that limit falls with it: in dim light all frames are alike."""
_MAX_SHIFT = 0.75
"""The most that the face may move between two frames, in units of its width: at five frames a second it moves far."""
_MAX_ZOOM = 0.35
"""The most that the logarithm of its size may change."""
_MAX_ROLL = 30.0
"""The most that its roll may change, in degrees."""
_MAX_TURN = 80.0
"""The most that its yaw and pitch may change: the mesh network covers 45 degrees to either side."""
_MAX_FLASH = 60.0
"""The most that the mean of a colour of the face may change, of 255."""
_SHORTCUTS = 0.25
"""The share of exchanges of two frames that may shorten the face's way: half of them do when frames are shuffled, and
hardly any in a sequence, unless the head swings faster than the frames."""
_TREMOR = 0.06
"""Steps up to this size say nothing about the order."""
_MIN_PATH = 0.5
"""The shortest total of larger steps from which the order is judged."""
_ROUNDING = 1e-6


def discontinuities(frames: Sequence[Frame]) -> Iterator[Finding]:
    """Yield the reasons why the frames are not one continuous sequence."""
    if repeated := _repeated(frames):
        yield repeated
    yield from disorders(frames)


def disorders(frames: Sequence[Frame]) -> Iterator[Finding]:
    """Yield the reasons why the frames do not follow each other: a jump, shuffling."""
    positions = np.array([_position(frame) for frame in frames])
    if jump := _leap(positions) or _flash(frames):
        yield jump
    if shuffled := _shuffled(positions):
        yield shuffled


def _repeated(frames: Sequence[Frame]) -> Finding | None:
    """Two frames with the same picture. Frames next to each other may have it, and count as one: a camera may be slower
    than what sends its frames, or a person keep still. At least `FRAMES[0]` must remain."""
    pictures = _pictures(frames)
    boxes = [_clipped(frame, *pictures.shape[1:]) for frame in frames]

    def same(first: int, second: int, mirrored: bool) -> Finding | None:
        area = boxes[first]
        one, other = pictures[first][area], pictures[second]
        seen = (other, other[:, ::-1]) if mirrored else (other,)
        difference = float(min(np.abs(one - each[area]).mean() for each in seen))
        limit = _SAME_PICTURE * min(float(one.std()) / _CONTRAST, 1)
        if difference >= limit:
            return None
        return Finding(Flaw.REPEATED, Hint.RECORD_AGAIN, second, None, difference, limit, Unit.GREY_LEVELS)

    stuck = [
        next(filter(None, (same(before, number, False) for before in range(max(number - _BESIDE, 0), number))), None)
        for number in range(len(frames))
    ]
    fresh = [number for number, found in enumerate(stuck) if not found]
    again = (same(first, second, True) for first, second in itertools.combinations(fresh, 2))
    if found := next(filter(None, again), None):
        return found
    return next(filter(None, stuck)) if len(fresh) < min(FRAMES[0], len(frames)) else None


def _pictures(frames: Sequence[Frame]) -> np.ndarray:
    """All frames in grey, scaled so that the first one's face has 48 pixels: float32 (n, h, w)."""
    height, width = frames[0].pixels.shape[:2]
    scale = min(_COMPARED_SIZE / frames[0].face.box.side, 1)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.stack([shrink(frame.pixels, *size).astype(np.float32) @ _GREY for frame in frames])


def _clipped(frame: Frame, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a face in the scaled frames."""
    box = frame.face.box
    down, across = height / frame.pixels.shape[0], width / frame.pixels.shape[1]
    top, left = max(int(box.top * down), 0), max(int(box.left * across), 0)
    bottom, right = int((box.top + box.height) * down), int((box.left + box.width) * across)
    return slice(min(top, height - 1), max(bottom, top + 1)), slice(min(left, width - 1), max(right, left + 1))


def _position(frame: Frame) -> tuple[float, ...]:
    """Position, size and pose of the face: x, y, size, yaw, pitch, roll."""
    points = frame.mesh.points
    x, y = points[:, :2].mean(axis=0)
    head = pose(frame.mesh)
    return x, y, np.linalg.norm(points[_EDGES[1]] - points[_EDGES[0]]), head.yaw, head.pitch, head.roll


def _leap(positions: np.ndarray) -> Finding | None:
    """The largest step beyond its limit."""
    steps = np.abs(np.diff(positions, axis=0))
    measures = (
        (np.hypot(steps[:, 0], steps[:, 1]) / np.minimum(positions[1:, 2], positions[:-1, 2]), _MAX_SHIFT, Unit.FACES),
        (np.abs(np.diff(np.log(positions[:, 2]))), _MAX_ZOOM, Unit.SHARE),
        (np.minimum(steps[:, 5], 360 - steps[:, 5]), _MAX_ROLL, Unit.DEGREES),
        (np.hypot(steps[:, 3], steps[:, 4]), _MAX_TURN, Unit.DEGREES),
    )
    worst, limit, unit = max(measures, key=lambda each: each[0].max() / each[1])
    if worst.max() <= limit:
        return None
    hint = Hint.MOVE_SLOWER if unit is Unit.DEGREES else Hint.HOLD_STILL
    return Finding(Flaw.JUMP, hint, int(worst.argmax()) + 1, measured=float(worst.max()), limit=limit, unit=unit)


def _flash(frames: Sequence[Frame]) -> Finding | None:
    colours = np.array([_colour(frame) for frame in frames])
    changes = np.abs(np.diff(colours, axis=0)).max(axis=1)
    if changes.max() <= _MAX_FLASH:
        return None
    at, most = int(changes.argmax()) + 1, float(changes.max())
    return Finding(Flaw.JUMP, Hint.MORE_LIGHT, at, measured=most, limit=_MAX_FLASH, unit=Unit.GREY_LEVELS)


def _colour(frame: Frame) -> np.ndarray:
    """The mean colour in the middle of the face."""
    height, width = frame.pixels.shape[:2]
    x, y, size = _position(frame)[:3]
    left, top = (int(np.clip(centre - size / 4, 0, side - 1)) for centre, side in ((x, width), (y, height)))
    reach = max(int(size / 2), 1)
    return frame.pixels[top : top + reach : 2, left : left + reach : 2].mean(axis=(0, 1))


def _shuffled(positions: np.ndarray) -> Finding | None:
    """Whether the face's way through all frames would often be shorter with two of them exchanged.

    A hand that holds the camera shakes the face about, but does not turn it: the angles alone may show the order, too.
    """
    scaled = positions / np.array([*[np.median(positions[:, 2])] * 3, 60, 60, 60])
    shares = [_shortcuts(part) for part in (scaled, scaled[:, 3:])]
    if shares[0] is None or any(share is not None and share <= _SHORTCUTS for share in shares):
        return None
    return Finding(Flaw.OUT_OF_ORDER, Hint.RECORD_AGAIN, measured=shares[0], limit=_SHORTCUTS, unit=Unit.SHARE)


def _shortcuts(places: np.ndarray) -> float | None:
    """The share of exchanges of two places (n, d) after which the way through all is shorter; None if it is too short
    to tell."""
    apart = np.maximum(np.linalg.norm(places[:, None] - places, axis=2) - _TREMOR, 0)
    order = np.arange(len(places))
    first, second = np.triu_indices(len(order), 1)
    exchanged, each = np.tile(order, (len(first), 1)), np.arange(len(first))
    exchanged[each, first], exchanged[each, second] = second, first
    way = _way(apart, order)
    return float((_way(apart, exchanged) < way - _ROUNDING).mean()) if way > _MIN_PATH else None


def _way(apart: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The sum of the steps (n, n) from each frame to the next, in every order (…, n)."""
    return apart[order[..., :-1], order[..., 1:]].sum(axis=-1)
