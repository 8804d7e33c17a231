"""Two looks at what may be a face: in the whole photo, and by itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil

import numpy as np

from ..imaging.geometry import apply, invert, overlap, suppress, turn_back
from ..imaging.resample import shrink, warp
from ..types import Box, Face
from .centerface import CenterFace
from .detectors import OVERLAP, Detector, Hits
from .yunet import YuNet

CENTERFACE, YUNET = CenterFace(), YuNet()
DETECTORS: tuple[Detector, Detector] = (CENTERFACE, YUNET)
"""The first one finds nearly every face; the second is asked where it finds none or is not sure."""
_SIDE = 160
"""Side of the second look's picture. The hit lies in its middle and fills `_SHARE` of it."""
_SHARE = 0.6
_PLAIN = np.array([0.5, 0.6])
"""What the detectors score for nearly every upright face; where one scores less, the picture is tried turned as well.
The second one alone takes a face upside down for one that stands upright."""
_TURNED = 0.5
"""What the second one must score for a turned picture, and no less than upright, for it to be shown to the first."""
_ALIGNMENT = 32
_TILE = 672
"""The network is shown at most a square of this side at once: at 1280 px in one piece it would take 500 MB."""
_SHARED = 64
"""What neighbouring tiles have in common, so that every face small enough for this resolution is whole in one."""


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """An upright face, or what resembles one, as both detectors saw it."""

    corners: np.ndarray
    """(4,): left, top, right, bottom."""
    points: np.ndarray
    """(5, 2), in the order of `Face.points`."""
    scores: np.ndarray
    """(2, 2), 0–1: in the whole photo and by itself, by the first detector and the second."""
    answers: np.ndarray | None = None
    """What the attributes' network says of it, where it was asked."""

    @property
    def sure(self) -> bool:
        """Whether nothing else needs to be asked; so it is with 19 of 20 faces that nothing covers."""
        first, by_itself = self.scores
        return bool((first[0] + by_itself[0]) / 2 >= CENTERFACE.sure and by_itself[1] >= YUNET.sure)

    @property
    def score(self) -> float:
        """The first detector's, both looks together, but not below what it once took to be believed on its own."""
        return max(float(self.scores[:, 0].mean()), CENTERFACE.accepted)

    @property
    def face(self) -> Face:
        left, top, right, bottom = self.corners.tolist()
        box = Box(left, top, right - left, bottom - top)
        return Face(box, self.score, self.points.astype(np.float32), self.answers)


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """A whole photo, scaled for a first look."""

    picture: np.ndarray
    """uint8 (h, w, 3), its sides multiples of `_ALIGNMENT`; black beyond the photo's right and bottom edge."""
    back: np.ndarray
    """(2,): what x and y in it are to be multiplied by to be those of the photo."""

    @classmethod
    def of(cls, image: np.ndarray, resolution: int) -> "Canvas":
        """The image (h, w, 3), its longer side scaled to `resolution`."""
        height, width = image.shape[:2]
        scale = resolution / max(height, width)
        rows, columns = max(1, round(height * scale)), max(1, round(width * scale))
        picture = np.zeros((rows + -rows % _ALIGNMENT, columns + -columns % _ALIGNMENT, 3), np.uint8)
        picture[:rows, :columns] = shrink(image, columns, rows)
        return cls(picture, np.array([width / columns, height / rows]))


def first_look(canvas: Canvas, detector: Detector) -> Hits:
    """What a detector sees in a whole photo, in the photo's coordinates."""
    tiles = []
    for down, across in product(*map(_spans, canvas.picture.shape[:2])):
        (seen,) = detector.see(canvas.picture[None, down, across])
        corner = np.array([across.start, down.start])
        tiles.append(Hits(seen.corners + np.tile(corner, 2), seen.scores, seen.points + corner))
    hits = Hits(*(np.concatenate([getattr(tile, name) for tile in tiles]) for name in Hits.__slots__))
    hits = hits[suppress(hits.corners, hits.scores, OVERLAP)]
    return Hits(hits.corners * np.tile(canvas.back, 2), hits.scores, hits.points * canvas.back)


def _spans(length: int) -> list[slice]:
    """Covers a canvas's side, a multiple of 32, with equal spans of at most `_TILE`, themselves multiples of 32."""
    count = max(1, ceil((length - _SHARED) / (_TILE - _SHARED)))
    span = ceil((length + (count - 1) * _SHARED) / count / _ALIGNMENT) * _ALIGNMENT
    return [slice(start, start + span) for start in np.linspace(0, length - span, count).astype(int).tolist()]


def second_look(image: np.ndarray, corners: np.ndarray, first: np.ndarray) -> list[Sight]:
    """Each hit (n, 4) seen again by itself, at one size whatever its size in the image, and turned upright if need be.

    `first` (n, 2): what each detector scored for it in the whole image. Left out are hits in which neither sees an
    upright face now. Corners and points are as they are seen now.
    """
    matrices = [_centring(hit) for hit in corners]
    pictures = np.stack([warp(image, matrix, _SIDE) for matrix in matrices])
    pairs = zip(*(detector.see(pictures) for detector in DETECTORS), strict=True)
    views: list[_View] = [tuple(_upright(seen, 0) for seen in pair) for pair in pairs]
    doubtful = [index for index, view in enumerate(views) if (_scores(view) < _PLAIN).any()]
    least = [max(_TURNED, _scores(views[index])[1]) for index in doubtful]
    for index, view in zip(doubtful, _turned(pictures[doubtful], least), strict=True):
        views[index] = max(views[index], view, key=lambda view: _scores(view).mean())
    sights = []
    for matrix, before, view in zip(matrices, first, views, strict=True):
        scores = _scores(view)
        if scores.any():
            seen, back = view[0 if scores[0] >= CENTERFACE.accepted or not scores[1] else 1], invert(matrix)
            ends = apply(back, seen.corners[0].reshape(2, 2))
            sights.append(Sight(ends.ravel(), apply(back, seen.points[0]), np.stack([before, scores])))
    return sights


_View = tuple[Hits, ...]
"""What each detector sees in one picture."""


def _scores(view: _View) -> np.ndarray:
    return np.array([seen.scores.max(initial=0) for seen in view])


def _turned(pictures: np.ndarray, least: Sequence[float]) -> Sequence[_View]:
    """What is seen in each picture (n, side, side, 3) turned by that quarter, half or three quarters that the second
    detector, the quicker one, likes best; nothing where it does not like it as well as `least` says."""
    if not len(pictures):
        return []
    turned = np.stack([np.rot90(pictures, turns, axes=(1, 2)) for turns in (1, 2, 3)], axis=1)
    seen = YUNET.see(turned.reshape(-1, *pictures.shape[1:]))
    views: list[_View] = []
    for index, each in enumerate(turned):
        upright = [_upright(seen[3 * index + turns - 1], turns) for turns in (1, 2, 3)]
        best = max(range(3), key=lambda turn: upright[turn].scores.max(initial=0))
        nothing = upright[best][:0]
        if upright[best].scores.max(initial=0) >= least[index]:
            (first,) = CENTERFACE.see(each[best][None])
            views.append((_upright(first, best + 1), upright[best]))
        else:
            views.append((nothing, nothing))
    return views


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
