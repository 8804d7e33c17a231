"""Whether one picture of a face is a flat or bent copy of another: a photo that was moved, not a head that was."""

import numpy as np
from PIL import Image

from ..imaging.geometry import apply
from ..imaging.resample import warp
from .mesh import Mesh

_EDGES = 234, 454
_SIDE = 112
_SHARE = 1.75
"""The chip's side in distances between the face's edges."""
_REACH = (0.55, 0.68)
"""Half of the ellipse that is compared, across and down, in the same measure: the face up to its outline."""
_STEPS = 25
_SETTLED = 0.02
"""A step shorter than this, in pixels, is the last."""


def sheet_likeness(image: np.ndarray, mesh: Mesh, other: np.ndarray, other_mesh: Mesh) -> float:
    """How well the face in one image, laid on a sheet that is moved, tilted and bent, gives that in the other: up to 1.

    The sheet's motion is a polynomial of the second degree in x and y, which the meshes begin and Gauss-Newton steps on
    the pixels refine (Lucas and Kanade, 1981); the likeness is the correlation of the greys that remains. A photo of a
    face stays above 0.97 however it is held; of a head that has turned by 15 degrees or more the nose covers other
    skin, and edges come and go.
    """
    first, points = chip(image, mesh)
    second, other_points = chip(other, other_mesh)
    motion, *_ = np.linalg.lstsq(_terms(points), other_points, rcond=None)
    places = _places()
    wanted = _normal(_sample(first, places))
    terms = _terms(places)
    slopes = np.gradient(second)[::-1]
    best = -1.0
    for _ in range(_STEPS):
        moved = terms @ motion
        seen = _sample(second, moved)
        length = np.linalg.norm(seen - seen.mean()) + 1e-9
        seen = _normal(seen)
        best = max(best, float(wanted @ seen))
        jacobian = np.hstack([terms * (_sample(slope, moved) / length)[:, None] for slope in slopes])
        jacobian -= jacobian.mean(axis=0)
        normal = jacobian.T @ jacobian
        normal[np.diag_indices(len(normal))] *= 1.001
        step = np.linalg.lstsq(normal, jacobian.T @ (wanted - seen), rcond=None)[0].reshape(2, -1).T
        motion = motion + step
        if np.abs(terms @ step).max() < _SETTLED:
            break
    return best


def chip(image: np.ndarray, mesh: Mesh) -> tuple[np.ndarray, np.ndarray]:
    """The face in greys (112, 112), level, and where the mesh's points (468, 2) lie in it."""
    points = mesh.points.astype(np.float64)
    across = points[_EDGES[1]] - points[_EDGES[0]]
    cosine, sine = across[:2] / np.linalg.norm(across[:2])
    scale = _SIDE / (_SHARE * np.linalg.norm(across))
    linear = scale * np.array([[cosine, sine], [-sine, cosine]])
    matrix = np.column_stack([linear, _SIDE / 2 - linear @ points[:, :2].mean(axis=0)])
    grey = np.asarray(Image.fromarray(warp(image, matrix, _SIDE)).convert("L"), np.float64)
    return grey, apply(matrix, points[:, :2])


def _places() -> np.ndarray:
    """The pixels (n, 2) that are compared."""
    middle = np.arange(_SIDE) + 0.5
    places = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
    reach = np.array(_REACH) * _SIDE / _SHARE
    return places[(((places - _SIDE / 2) / reach) ** 2).sum(axis=1) < 1]


def _terms(places: np.ndarray) -> np.ndarray:
    x, y = ((places - _SIDE / 2) / _SIDE).T
    return np.column_stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _sample(grey: np.ndarray, places: np.ndarray) -> np.ndarray:
    """The greys at places (n, 2), between pixels those of their neighbours."""
    x, y = np.clip(places.T - 0.5, 0, _SIDE - 1.001)
    left, top = x.astype(int), y.astype(int)
    across, down = x - left, y - top
    above = grey[top, left] * (1 - across) + grey[top, left + 1] * across
    below = grey[top + 1, left] * (1 - across) + grey[top + 1, left + 1] * across
    return above * (1 - down) + below * down


def _normal(greys: np.ndarray) -> np.ndarray:
    greys = greys - greys.mean()
    return greys / (np.linalg.norm(greys) + 1e-9)
