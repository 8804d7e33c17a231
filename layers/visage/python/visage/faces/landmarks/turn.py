"""How a head has turned between two pictures of it, and whether what turned is a head.

A head is solid: when it turns, its nose moves against its edges. A photo of one is a sheet: held askew or bent, it
moves its points about the plane, and the network that lays the mesh believes it to have turned a little. What tells
them apart is which motion explains the points better, that of a solid body or that of a sheet.
"""

from dataclasses import dataclass

import numpy as np

from .mesh import Mesh

_EDGES = 234, 454
"""The face's edges before the ears, on the left and the right in an upright picture."""
# fmt: off
_MOBILE = (
    7, 33, 133, 144, 145, 153, 154, 155, 157, 158, 159, 160, 161, 163, 173, 246,
    249, 263, 362, 373, 374, 380, 381, 382, 384, 385, 386, 387, 388, 390, 398, 466,
)
"""The lids."""
# fmt: on
_LIP = 164
"""Below the nose. What lies lower moves when the mouth does."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation from one mesh of a face to another, seen as by a distant camera."""

    yaw: float
    """Degrees; above 0 the nose has moved to the image's right."""
    pitch: float
    """Degrees; above 0 the nose has moved up."""
    error: float
    """What a rotated, moved and scaled body leaves of the points' motion, over what a bent sheet leaves (each the root
    of the mean square): below 1 a solid head explains it better. Means something from about 10 degrees on."""
    squeeze: float
    """The lesser scale over the greater one, of the best affine camera: 1 for a head, the cosine of the tilt for a
    photo held askew."""


def turn(before: Mesh, after: Mesh) -> Turn:
    """The turn of the head between two meshes of one face.

    The points that neither mouth nor lids move are fitted twice: by an affine camera that sees the points of `before`
    in space, whose nearest rotation gives the angles, and by a polynomial of the second degree in their places in the
    picture, which is what bending and tilting a photo of them can do.
    """
    solid = _level(before)
    stiff = _stiff(solid)
    places, seen = solid[stiff], _level(after)[stiff, :2]
    camera, *_ = np.linalg.lstsq(np.column_stack([np.ones(len(places)), places]), seen, rcond=None)
    left, scales, right = np.linalg.svd(camera[1:].T, full_matrices=False)
    rotation = left @ right
    turned = places @ rotation.T
    return Turn(
        yaw=float(np.degrees(-np.arctan2(rotation[0, 2], rotation[0, 0]))),
        pitch=float(np.degrees(np.arcsin(np.clip(rotation[1, 2], -1, 1)))),
        error=float(_rest_of_body(turned, seen) / max(_rest_of_sheet(places, seen), 1e-9)),
        squeeze=float(scales[1] / scales[0]),
    )


def _level(mesh: Mesh) -> np.ndarray:
    """The points (468, 3) about their mean, turned so that the face's edges are level, in distances between these."""
    points = mesh.points.astype(np.float64)
    across = points[_EDGES[1]] - points[_EDGES[0]]
    cosine, sine = across[:2] / np.linalg.norm(across[:2])
    points = points - points.mean(axis=0)
    points[:, :2] = points[:, :2] @ np.array([[cosine, -sine], [sine, cosine]])
    return points / np.linalg.norm(across)


def _stiff(points: np.ndarray) -> np.ndarray:
    """Which points (468,) of a level face only the skull moves."""
    stiff = points[:, 1] < points[_LIP, 1]
    stiff[list(_MOBILE)] = False
    return stiff


def _rest_of_body(turned: np.ndarray, seen: np.ndarray) -> float:
    turned, seen = turned - turned.mean(axis=0), seen - seen.mean(axis=0)
    scale = (turned * seen).sum() / (turned * turned).sum()
    return float(np.sqrt(((seen - scale * turned) ** 2).mean()))


def _rest_of_sheet(places: np.ndarray, seen: np.ndarray) -> float:
    x, y = places[:, :2].T
    terms = np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])
    fitted, *_ = np.linalg.lstsq(terms, seen, rcond=None)
    return float(np.sqrt(((seen - terms @ fitted) ** 2).mean()))
