"""Checks that frames form a continuous sequence: no frame twice, no jump, no shuffling."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np

from visage.faces.imaging.resample import shrink
from visage.faces.landmarks.pose import pose
from visage.liveness.frames import Flaw, Frame

_EDGES = 234, 454
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
"""Weights of red, green and blue in a grey value (ITU-R BT.601)."""
_COMPARED_SIZE = 48
"""Size in pixels of the face at which frames are compared."""
_SAME_PICTURE = 0.6
"""Mean grey difference, of 255, below which two faces are the same picture: frames of people who keep still differ by
0.8 or more, a recompressed frame by less than this (training/NOTES.md)."""
_MAX_SHIFT = 0.6
"""The most that the face may move between two frames, in units of its width."""
_MAX_ZOOM = 0.35
"""The most that the logarithm of its size may change."""
_MAX_ROLL = 30.0
"""The most that its roll may change, in degrees."""
_MAX_TURN = 80.0
"""The most that its yaw and pitch may change: the mesh network covers 45 degrees to either side."""
_MAX_FLASH = 60.0
"""The most that the mean of a colour of the face may change, of 255."""
_SHUFFLED = 0.92
"""Ratio of the mean step between neighbours to that between every other frame: 0.5 to 0.8 in sequences, 1 when
shuffled."""
_TREMOR = 0.06
"""Steps up to this size say nothing about the order."""
_MIN_PATH = 0.5
"""The shortest total of larger steps from which the order is judged."""


def discontinuities(frames: Sequence[Frame]) -> Iterator[Flaw]:
    """Yield the reasons why the frames are not one continuous sequence."""
    if _repeated(frames):
        yield Flaw.REPEATED
    positions = np.array([_position(frame) for frame in frames])
    if _leaps(positions) or _flashes(frames):
        yield Flaw.JUMP
    if _shuffled(positions):
        yield Flaw.OUT_OF_ORDER


def _repeated(frames: Sequence[Frame]) -> bool:
    pictures = _pictures(frames)
    boxes = [_clipped(frame, *pictures.shape[1:]) for frame in frames]
    for first, second in itertools.combinations(range(len(frames)), 2):
        area = boxes[first]
        one, other = pictures[first], pictures[second]
        if min(np.abs(one[area] - seen[area]).mean() for seen in (other, other[:, ::-1])) < _SAME_PICTURE:
            return True
    return False


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


def _leaps(positions: np.ndarray) -> bool:
    steps = np.abs(np.diff(positions, axis=0))
    far = np.hypot(steps[:, 0], steps[:, 1]) > _MAX_SHIFT * np.minimum(positions[1:, 2], positions[:-1, 2])
    near = np.abs(np.diff(np.log(positions[:, 2]))) > _MAX_ZOOM
    lean = np.minimum(steps[:, 5], 360 - steps[:, 5]) > _MAX_ROLL
    turn = np.hypot(steps[:, 3], steps[:, 4]) > _MAX_TURN
    return bool((far | near | lean | turn).any())


def _flashes(frames: Sequence[Frame]) -> bool:
    colours = np.array([_colour(frame) for frame in frames])
    return bool((np.abs(np.diff(colours, axis=0)) > _MAX_FLASH).any())


def _colour(frame: Frame) -> np.ndarray:
    """The mean colour in the middle of the face."""
    height, width = frame.pixels.shape[:2]
    x, y, size = _position(frame)[:3]
    left, top = (int(np.clip(centre - size / 4, 0, side - 1)) for centre, side in ((x, width), (y, height)))
    reach = max(int(size / 2), 1)
    return frame.pixels[top : top + reach : 2, left : left + reach : 2].mean(axis=(0, 1))


def _shuffled(positions: np.ndarray) -> bool:
    scaled = positions / np.array([*[np.median(positions[:, 2])] * 3, 60, 60, 60])
    near, far = (_path(scaled, distance) for distance in (1, 2))
    return near.sum() > _MIN_PATH and near.mean() > _SHUFFLED * far.mean()


def _path(positions: np.ndarray, distance: int) -> np.ndarray:
    steps = np.linalg.norm(positions[distance:] - positions[:-distance], axis=1)
    return np.maximum(steps - _TREMOR, 0)
