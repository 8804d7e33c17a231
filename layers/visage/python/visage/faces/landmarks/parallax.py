"""Whether the nose of a turned face stands out from it.

A head's nose stands out: when the head turns to a side, its tip moves against the brow and the chin, which lie above
and below it. On a photo, flat or bent round an upright axis, all of these lie at one depth and move as one; so do the
tip and the cheeks beside it on a photo bent round a level axis that nods. The mesh cannot tell: it draws the nose of a
head on whatever looks like a face. So the pixels are followed.
"""

import numpy as np
from PIL import Image

from ..imaging.flow import flow
from .mesh import Mesh
from .sheet import chip
from .turn import Turn

_TIP = (1, 4, 5, 19)
_MIDDLE = (9, 151, 8, 164, 0, 17, 200)
"""On the middle line: the brow, the lips, the chin."""
_CHEEKS = (50, 280, 205, 425, 101, 330, 36, 266)
_AROUND = (*_MIDDLE, *_CHEEKS, 10, 199, 152, 33, 133, 362, 263, 61, 291, 107, 336)
"""Points all over the face but the nose, by which one picture is laid on the other."""
_REACH = 2
"""How far around a point its motion is averaged, in pixels of the chip."""
_EDGES = 234, 454


def parallax(
    image: np.ndarray, mesh: Mesh, other: np.ndarray, other_mesh: Mesh, turn: Turn, sideways: bool
) -> float:
    """By how much the nose's tip has moved between two images (h, w, 3) against what lies beside it across the turn, as
    a share of what `turn` moves it by if it stands out as the mesh says: about 1 for a head, 0 for a photo.

    A turn is judged by its yaw (`sideways`) or its pitch; from 10 degrees on it means something, and up to 25 or so the
    pixels can be followed.
    """
    axis = 0 if sideways else 1
    points, beside = list(_TIP), list(_MIDDLE if sideways else _CHEEKS)
    (first, before), (second, after) = chip(image, mesh), chip(other, other_mesh)
    around = np.column_stack([before, np.ones(len(before))])
    laid, *_ = np.linalg.lstsq(around[list(_AROUND)], after[list(_AROUND)], rcond=None)
    moved = around @ laid + _followed(first, _laid(second, laid), before) @ laid[:2] - before
    seen = moved[points, axis].mean() - np.median(moved[beside, axis])
    scale = np.linalg.norm(np.diff(before[list(_EDGES)], axis=0)) / np.linalg.norm(
        np.diff(mesh.points[list(_EDGES), :2], axis=0)
    )
    depth = scale * mesh.points[:, 2]
    stands_out = np.median(depth[beside]) - depth[points].mean()
    angle = np.radians(turn.yaw if sideways else -turn.pitch)
    return float(seen / (np.sin(angle) * stands_out + 1e-9))


def _laid(grey: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """What lies in a picture where an affine map (3, 2) says."""
    height, width = grey.shape
    across, down = affine.T
    image = Image.fromarray(grey.astype(np.float32))
    moved = image.transform((width, height), Image.Transform.AFFINE, (*across, *down), Image.Resampling.BILINEAR)
    return np.asarray(moved)


def _followed(first: np.ndarray, second: np.ndarray, places: np.ndarray) -> np.ndarray:
    """By how much what lies at places (n, 2) of the first picture has moved in the second: (n, 2)."""
    motion = flow(first.astype(np.float32), second)
    height, width = first.shape
    shift = np.zeros_like(places)
    for _ in range(4):
        # The motion is known where things lie half-way.
        x, y = (places + shift / 2).astype(int).T
        x, y = x.clip(_REACH, width - 1 - _REACH), y.clip(_REACH, height - 1 - _REACH)
        near = range(-_REACH, _REACH + 1)
        shift = np.mean([motion[:, y + down, x + across] for down in near for across in near], axis=0).T
    return shift
