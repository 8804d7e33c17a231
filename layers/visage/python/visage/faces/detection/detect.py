"""Finds faces: two detectors, coarse to fine, every hit looked at a second time, and what is doubtful verified."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from math import dist, inf

import numpy as np

from visage.errors import Reason, VisageError
from visage.stages import add, timed

from ..imaging.geometry import overlap, turn_back
from ..types import Box, Face
from .detectors import OVERLAP, Hits
from .looks import CENTERFACE, YUNET, Canvas, Sight, first_look, second_look
from .verify import verified

RESOLUTIONS = (256, 640, 1280)
"""Longer sides, in pixels, to which a photo is scaled. The network finds faces from 20 px to the whole frame."""
TURNED_RESOLUTIONS = (256, 640)
"""The same for a photo that does not stand upright."""
_BATCH = 8
_LOOKS = 240
"""Hits of one photo that get a second look, the largest of a pass first. The fullest photo seen had more than 160; a
picture made of a thousand, each refuted in all four turns, would otherwise take 5 s (training/NOTES.md)."""
_LOOKS_FOR_LARGEST = 64
"""The same where one face is asked for: two such pictures are to be compared within 6 s."""
_SEEN = 24
"""Pixels: a face of this square's area is seen at any resolution. The network's limit is 20 px of a longer side."""
_EQUAL = 0.9
"""Ratio of areas from which on two faces count as equally large: the same face measured twice differs as much."""


@dataclass(slots=True)
class Budget:
    """What a search may still take."""

    looks: int
    """Hits that get a second look."""
    until: float = inf
    """time.monotonic()"""


def detect(image: np.ndarray, limit: int | None = None, until: float = inf, share: float = 0) -> tuple[Face, ...]:
    """The faces in an image (h, w, 3), the largest first; at most `limit`.

    Without a limit every face from 20 px in a 1280 px photo on is looked for, up to 240 of them. With one, the search
    ends at the first resolution that yields as many: a finer one can only add smaller faces. With a `share`, 0–1, it
    ends where faces with this share of the largest one's visible area are large enough to be seen; a few faint ones are
    missed (training/NOTES.md). A photo in which no face is found is at last searched turned by a quarter, a half and
    three quarters; boxes and points are always those of the image as given. A search that is not done by `until`
    (time.monotonic) is given up: VisageError(OUT_OF_TIME).
    """
    return tuple(_by_size(image, limit, _LOOKS, until, share)[:limit])


def detect_largest(image: np.ndarray) -> Face | None:
    """The largest face in an image (h, w, 3), or None. Of faces equally large it is the one nearest to the middle."""
    height, width = image.shape[:2]
    faces = _by_size(image, 1, _LOOKS_FOR_LARGEST)
    largest = [face for face in faces if visible_area(face, image) >= _EQUAL * visible_area(faces[0], image)]
    return min(largest, key=lambda face: dist(face.box.centre, (width / 2, height / 2)), default=None)


@timed("detect")
def _by_size(
    image: np.ndarray, enough: int | None, looks: int, until: float = inf, share: float = 0
) -> list[Face]:
    """The faces found by so many `looks` at hits, until there are `enough`, the largest first."""
    height, width = image.shape[:2]
    budget = Budget(looks, until)
    for turns in range(4):
        resolutions = TURNED_RESOLUTIONS if turns else RESOLUTIONS
        found = _find(np.rot90(image, turns), resolutions, enough, budget, share)
        if found:
            faces = [_face(sight, turns, width, height) for sight in found]
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


def _find(
    image: np.ndarray, resolutions: tuple[int, ...], enough: int | None, budget: Budget, share: float = 0
) -> list[Sight]:
    """The faces of one orientation, until there are `enough`, or none can be missing that has `share` of the largest
    one's area. A photo is enlarged for the first resolution only."""
    found: list[Sight] = []
    side = max(image.shape[:2])
    coarse, *finer = resolutions
    for resolution in [coarse, *sorted({min(fine, side) for fine in finer if side > coarse})]:
        doubtful = search(image, resolution, found, enough, budget)
        for sight in verified(image, doubtful):
            if not _known(sight.corners, found):
                found.append(sight)
        if enough is not None and len(found) >= enough:
            break
        largest = max((visible_area(sight.face, image) for sight in found), default=0)
        if share * largest >= (_SEEN * max(1, side / resolution)) ** 2:
            break
    return found


def search(
    image: np.ndarray, resolution: int, found: list[Sight], enough: int | None, budget: Budget
) -> list[Sight]:
    """Adds to `found` what is surely a face at one resolution, and returns what has to be verified.

    The second detector is asked only where the first has not found `enough`, or something of which it is not sure.
    """
    canvas = Canvas.of(image, resolution)
    first = first_look(canvas, CENTERFACE)
    hits = first[first.scores >= CENTERFACE.candidate]
    doubtful: list[Sight] = []
    for sight in _look_again(image, hits, np.column_stack([hits.scores, np.zeros(len(hits.scores))]), found, budget):
        if not _known(sight.corners, found):
            (found if sight.sure else doubtful).append(sight)
    if enough is not None and len(found) >= enough and not doubtful:
        return []
    second = first_look(canvas, YUNET)
    for sight in doubtful:
        sight.scores[0, 1] = _score_at(sight.corners, second)
    hits = second[second.scores >= YUNET.candidate]
    before = np.column_stack([[_score_at(corners, first) for corners in hits.corners], hits.scores])
    return doubtful + list(_look_again(image, hits, before, found + doubtful, budget))


def _look_again(
    image: np.ndarray, hits: Hits, scores: np.ndarray, known: list[Sight], budget: Budget
) -> Iterator[Sight]:
    """The second look at those hits that are not known, the largest first, as far as the budget goes.

    `scores` (n, 2): what both detectors gave them at first.
    """
    new = np.array([index for index, corners in enumerate(hits.corners) if not _known(corners, known)], int)
    areas = np.prod(hits.corners[new, 2:] - hits.corners[new, :2], axis=1)
    new = new[np.argsort(-areas)][: budget.looks]
    budget.looks -= len(new)
    for start in range(0, len(new), _BATCH):
        if time.monotonic() > budget.until:
            raise VisageError(Reason.OUT_OF_TIME)
        batch = new[start : start + _BATCH]
        yield from second_look(image, hits.corners[batch], scores[batch])


def _score_at(corners: np.ndarray, hits: Hits) -> float:
    """The best score of the hits at a place."""
    return float(hits.scores[overlap(corners, hits.corners) > OVERLAP].max(initial=0))


def _known(corners: np.ndarray, found: list[Sight]) -> bool:
    return bool(found) and overlap(corners, np.stack([sight.corners for sight in found])).max() > OVERLAP


def _face(sight: Sight, turns: int, width: int, height: int) -> Face:
    """A face found in the image turned by `turns`, in coordinates of the image of this width and height."""
    ends = turn_back(sight.corners.reshape(2, 2), turns, width, height)
    (left, top), (right, bottom) = ends.min(axis=0).tolist(), ends.max(axis=0).tolist()
    box = Box(left, top, right - left, bottom - top)
    points = turn_back(sight.points, turns, width, height).astype(np.float32)
    return Face(box, sight.score, points, sight.answers)
