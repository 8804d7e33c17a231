"""Whether frames are a sequence: no picture twice, no leap, no shuffling."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from visage.faces.pose import pose
from visage.faces.resample import shrink
from visage.liveness.frames import Flaw, Frame

_EDGES = 234, 454
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""The shares of red, green and blue in a grey (ITU-R BT.601)."""
_FACE = 48
"""Pixels of the face's box in which frames are compared."""
_SAME = 0.6
"""The mean difference of greys, of 255, below which two faces are one picture: frames of people who keep still differ
by 0.8 and more, a frame compressed anew by less than this (training/NOTES.md)."""
_FAR = 0.6
"""Distances between the face's edges that it may move between two frames."""
_NEAR = 0.35
"""The same for the logarithm of its size."""
_LEAN = 30.0
"""The same for its roll, in degrees."""
_TURN = 80.0
"""The same for its yaw and pitch: the network lays a mesh up to 45 degrees to either side."""
_LIGHT = 60.0
"""The same for the mean of each colour of the face, of 255."""
_SHUFFLED = 0.92
"""The mean step between neighbours over that between every other frame: 0.5 to 0.8 in sequences, 1 when shuffled."""
_TREMOR = 0.06
"""Steps up to here say nothing of the order."""
_LEAST_PATH = 0.5
"""Nor does a sequence whose steps beyond that are together shorter than this."""


def breaks(frames: Sequence[Frame]) -> Iterator[Flaw]:
    """What speaks against the frames being one sequence."""
    if _repeated(frames):
        yield Flaw.REPEATED
    places = np.array([_place(frame) for frame in frames])
    if _leaps(places) or _flashes(frames):
        yield Flaw.JUMP
    if _shuffled(places):
        yield Flaw.OUT_OF_ORDER


def _repeated(frames: Sequence[Frame]) -> bool:
    pictures = _pictures(frames)
    boxes = [_clipped(frame, *pictures.shape[1:]) for frame in frames]
    for first, second in itertools.combinations(range(len(frames)), 2):
        here = boxes[first]
        one, other = pictures[first], pictures[second]
        if min(np.abs(one[here] - seen[here]).mean() for seen in (other, other[:, ::-1])) < _SAME:
            return True
    return False


def _pictures(frames: Sequence[Frame]) -> np.ndarray:
    """float32 (n, h, w): all frames in greys, so small that the first one's face has 48 pixels."""
    height, width = frames[0].pixels.shape[:2]
    scale = min(_FACE / frames[0].face.box.side, 1)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.stack([shrink(frame.pixels, *size).astype(np.float32) @ _GREY for frame in frames])


def _clipped(frame: Frame, height: int, width: int) -> tuple[slice, slice]:
    """The rows and columns of a face in the small pictures."""
    box = frame.face.box
    down, across = height / frame.pixels.shape[0], width / frame.pixels.shape[1]
    top, left = max(int(box.top * down), 0), max(int(box.left * across), 0)
    bottom, right = int((box.top + box.height) * down), int((box.left + box.width) * across)
    return slice(min(top, height - 1), max(bottom, top + 1)), slice(min(left, width - 1), max(right, left + 1))


def _place(frame: Frame) -> tuple[float, ...]:
    """Where the face is, how large, and how it is held: x, y, size, yaw, pitch, roll."""
    points = frame.mesh.points
    x, y = points[:, :2].mean(axis=0)
    held = pose(frame.mesh)
    return x, y, np.linalg.norm(points[_EDGES[1]] - points[_EDGES[0]]), held.yaw, held.pitch, held.roll


def _leaps(places: np.ndarray) -> bool:
    steps = np.abs(np.diff(places, axis=0))
    far = np.hypot(steps[:, 0], steps[:, 1]) > _FAR * np.minimum(places[1:, 2], places[:-1, 2])
    near = np.abs(np.diff(np.log(places[:, 2]))) > _NEAR
    lean = np.minimum(steps[:, 5], 360 - steps[:, 5]) > _LEAN
    turn = np.hypot(steps[:, 3], steps[:, 4]) > _TURN
    return bool((far | near | lean | turn).any())


def _flashes(frames: Sequence[Frame]) -> bool:
    colours = np.array([_colour(frame) for frame in frames])
    return bool((np.abs(np.diff(colours, axis=0)) > _LIGHT).any())


def _colour(frame: Frame) -> np.ndarray:
    """The mean colour in the middle of the face."""
    height, width = frame.pixels.shape[:2]
    x, y, size = _place(frame)[:3]
    left, top = (int(np.clip(centre - size / 4, 0, side - 1)) for centre, side in ((x, width), (y, height)))
    reach = max(int(size / 2), 1)
    return frame.pixels[top : top + reach : 2, left : left + reach : 2].mean(axis=(0, 1))


def _shuffled(places: np.ndarray) -> bool:
    scaled = places / np.array([*[np.median(places[:, 2])] * 3, 60, 60, 60])
    near, far = (_path(scaled, distance) for distance in (1, 2))
    return near.sum() > _LEAST_PATH and near.mean() > _SHUFFLED * far.mean()


def _path(places: np.ndarray, distance: int) -> np.ndarray:
    steps = np.linalg.norm(places[distance:] - places[:-distance], axis=1)
    return np.maximum(steps - _TREMOR, 0)
