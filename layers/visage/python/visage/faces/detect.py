"""Finds faces: a detector, run coarse to fine, and every hit looked at a second time."""

import time
from collections.abc import Iterator
from itertools import product
from math import ceil, dist, inf

import numpy as np

from visage.errors import Reason, VisageError
from visage.stages import add, timed

from .centerface import CenterFace
from .detectors import OVERLAP, Detector, Hits
from .geometry import apply, invert, overlap, suppress, turn_back
from .resample import shrink, warp
from .types import Box, Face

_DETECTOR: Detector = CenterFace()
RESOLUTIONS = (256, 640, 1280)
"""Longer sides, in pixels, to which a photo is scaled. The network finds faces from 20 px to the whole frame."""
TURNED_RESOLUTIONS = (256, 640)
"""The same for a photo that does not stand upright."""
_SIDE = 160
"""Side of the second look's picture. The hit lies in its middle and fills `_SHARE` of it."""
_SHARE = 0.6
_BATCH = 8
_LOOKS = 160
"""Hits of one photo that get a second look, the largest of a pass first. The fullest photo seen had 148; a picture made
of a thousand, each refuted in all four turns, would otherwise take 10 s (training/NOTES.md)."""
_LOOKS_FOR_LARGEST = 64
"""The same where one face is asked for: two such pictures are to be compared within 6 s."""
_EQUAL = 0.9
"""Ratio of areas from which on two faces count as equally large: the same face measured twice differs as much."""
_ALIGNMENT = 32
_TILE = 672
"""The network is shown at most a square of this side at once: at 1280 px in one piece it would take 500 MB."""
_SHARED = 64
"""What neighbouring tiles have in common, so that every face small enough for this resolution is whole in one."""


def detect(image: np.ndarray, limit: int | None = None, until: float = inf) -> tuple[Face, ...]:
    """The faces in an image (h, w, 3), the largest first; at most `limit`.

    Without a limit every face from 20 px in a 1280 px photo on is looked for, up to 160 of them. With one, the search
    ends at the first resolution that yields as many: a finer one can only add smaller faces. A photo in which no face
    is found is at last searched turned by a quarter, a half and three quarters; boxes and points are always those of
    the image as given. A search that is not done by `until` (time.monotonic) is given up: VisageError(OUT_OF_TIME).
    """
    return tuple(_by_size(image, limit, _LOOKS, until)[:limit])


def detect_largest(image: np.ndarray) -> Face | None:
    """The largest face in an image (h, w, 3), or None. Of faces equally large it is the one nearest to the middle."""
    height, width = image.shape[:2]
    faces = _by_size(image, 1, _LOOKS_FOR_LARGEST)
    largest = [face for face in faces if visible_area(face, image) >= _EQUAL * visible_area(faces[0], image)]
    return min(largest, key=lambda face: dist(face.box.centre, (width / 2, height / 2)), default=None)


@timed("detect")
def _by_size(image: np.ndarray, enough: int | None, looks: int, until: float = inf) -> list[Face]:
    """The faces found by so many `looks` at hits, until there are `enough`, the largest first."""
    height, width = image.shape[:2]
    for turns in range(4):
        resolutions = TURNED_RESOLUTIONS if turns else RESOLUTIONS
        found, looks = _find(np.rot90(image, turns), resolutions, enough, looks, until)
        if found:
            faces = [_face(*face, turns, width, height) for face in found]
            add("faces", len(faces))
            return sorted(faces, key=lambda face: -visible_area(face, image))
    return []


def visible_area(face: Face, image: np.ndarray) -> float:
    """The area of a face's box inside the image."""
    height, width = image.shape[:2]
    box = face.box
    across = min(box.left + box.width, width) - max(box.left, 0)
    down = min(box.top + box.height, height) - max(box.top, 0)
    return max(across, 0) * max(down, 0)


_Found = tuple[np.ndarray, float, np.ndarray]
"""Corners (4,), score and points (5, 2) of a face."""


def _find(
    image: np.ndarray, resolutions: tuple[int, ...], enough: int | None, looks: int, until: float = inf
) -> tuple[list[_Found], int]:
    """The faces of one orientation, until there are `enough`, and how many of the `looks` at hits are left.

    A photo is enlarged for the first resolution only.
    """
    found: list[_Found] = []
    side = max(image.shape[:2])
    coarse, *finer = resolutions
    for resolution in [coarse, *sorted({min(fine, side) for fine in finer if side > coarse})]:
        hits = _first_look(image, resolution)
        hits = hits[[index for index, corners in enumerate(hits.corners) if not _known(corners, found)]]
        hits = hits[np.argsort(-np.prod(hits.corners[:, 2:] - hits.corners[:, :2], axis=1))[:looks]]
        for start in range(0, len(hits.scores), _BATCH):
            if time.monotonic() > until:
                raise VisageError(Reason.OUT_OF_TIME)
            batch = hits[start : start + _BATCH]
            looks -= len(batch.scores)
            for face in _second_look(image, batch):
                if not _known(face[0], found):
                    found.append(face)
        if enough is not None and len(found) >= enough:
            break
    return found, looks


def _known(corners: np.ndarray, found: list[_Found]) -> bool:
    return bool(found) and overlap(corners, np.stack([face[0] for face in found])).max() > OVERLAP


def _first_look(image: np.ndarray, resolution: int) -> Hits:
    """Candidates in the whole image, its longer side scaled to `resolution`."""
    height, width = image.shape[:2]
    scale = resolution / max(height, width)
    rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
    canvas = np.zeros((rows + -rows % _ALIGNMENT, columns + -columns % _ALIGNMENT, 3), np.uint8)
    canvas[:rows, :columns] = shrink(image, columns, rows)
    tiles = []
    for down, across in product(_spans(canvas.shape[0]), _spans(canvas.shape[1])):
        (seen,) = _DETECTOR.see(canvas[None, down, across])
        corner = np.array([across.start, down.start])
        tiles.append(Hits(seen.corners + np.tile(corner, 2), seen.scores, seen.points + corner))
    hits = Hits(*(np.concatenate([getattr(tile, name) for tile in tiles]) for name in Hits.__slots__))
    hits = hits[suppress(hits.corners, hits.scores, OVERLAP)]
    back = np.array([width / columns, height / rows])
    return Hits(hits.corners * np.tile(back, 2), hits.scores, hits.points * back)


def _spans(length: int) -> list[slice]:
    """Covers a canvas's side, a multiple of 32, with equal spans of at most `_TILE`, themselves multiples of 32."""
    count = max(1, ceil((length - _SHARED) / (_TILE - _SHARED)))
    span = ceil((length + (count - 1) * _SHARED) / count / _ALIGNMENT) * _ALIGNMENT
    return [slice(start, start + span) for start in np.linspace(0, length - span, count).astype(int).tolist()]


def _second_look(image: np.ndarray, hits: Hits) -> Iterator[_Found]:
    """Each hit seen again by itself, at one size whatever its size in the image, and turned upright if need be.

    Yields those that convince: what resembles a face at one scale only scores low at the other. Corners and points are
    as they are seen now.
    """
    matrices = [_centring(corners) for corners in hits.corners]
    pictures = np.stack([warp(image, matrix, _SIDE) for matrix in matrices])
    for first, matrix, picture, seen in zip(hits.scores, matrices, pictures, _DETECTOR.see(pictures), strict=True):
        views = [_upright(seen, 0)]
        if views[0].scores.max(initial=0) < _DETECTOR.sure:
            turned = np.stack([np.rot90(picture, turns) for turns in (1, 2, 3)])
            views += [_upright(seen, turns) for turns, seen in enumerate(_DETECTOR.see(turned), start=1)]
        best = max(views, key=lambda view: view.scores.max(initial=0))
        if best.scores.size and (score := (first + best.scores[0]) / 2) >= _DETECTOR.accepted:
            back = invert(matrix)
            yield apply(back, best.corners[0].reshape(2, 2)).ravel(), float(score), apply(back, best.points[0])


def _upright(seen: Hits, turns: int) -> Hits:
    """Of what was seen in the second look's picture turned by `turns`, the upright faces in its middle, turned back."""
    low, high = _SIDE * (1 - _SHARE) / 2, _SIDE * (1 + _SHARE) / 2
    central = overlap(np.array([low, low, high, high]), seen.corners) > OVERLAP
    across, down = (seen.points[:, 3:].mean(axis=1) - seen.points[:, :2].mean(axis=1)).T
    upright = seen[central & (down > np.abs(across))]
    ends = turn_back(upright.corners.reshape(-1, 2, 2), turns, _SIDE, _SIDE)
    corners = np.hstack([ends.min(axis=1), ends.max(axis=1)])
    return Hits(corners, upright.scores, turn_back(upright.points, turns, _SIDE, _SIDE))


def _centring(corners: np.ndarray) -> np.ndarray:
    """The transform (2, 3) that brings a box into the middle of the second look's picture."""
    scale = _SIDE * _SHARE / (corners[2:] - corners[:2]).max()
    return np.column_stack([scale * np.eye(2), _SIDE / 2 - scale * (corners[:2] + corners[2:]) / 2])


def _face(corners: np.ndarray, score: float, points: np.ndarray, turns: int, width: int, height: int) -> Face:
    """A face found in the image turned by `turns`, in coordinates of the image of this width and height."""
    ends = turn_back(corners.reshape(2, 2), turns, width, height)
    (left, top), (right, bottom) = ends.min(axis=0).tolist(), ends.max(axis=0).tolist()
    box = Box(left, top, right - left, bottom - top)
    return Face(box, score, turn_back(points, turns, width, height).astype(np.float32))
