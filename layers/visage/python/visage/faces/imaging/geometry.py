"""Plane similarity transforms and overlaps of boxes."""

import numpy as np


def umeyama(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The similarity (rotation, uniform scale, translation; no reflection) that maps `source` closest to `target`.

    Both are (n, 2), n ≥ 2 points, not all the same. Returns float64 (2, 3): target ≈ source @ m[:, :2].T + m[:, 2].
    Least squares after S. Umeyama, "Least-squares estimation of transformation parameters between two point patterns",
    IEEE TPAMI 13(4), 1991; in the plane its singular value decomposition has the closed form used here.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    source_mean, target_mean = source.mean(axis=0), target.mean(axis=0)
    (x, y), (u, v) = (source - source_mean).T, (target - target_mean).T
    spread = (x * x + y * y).sum()
    cosine, sine = (x * u + y * v).sum() / spread, (x * v - y * u).sum() / spread
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, target_mean - linear @ source_mean])


def invert(matrix: np.ndarray) -> np.ndarray:
    """The inverse of an affine transform (2, 3)."""
    linear = np.linalg.inv(matrix[:, :2])
    return np.column_stack([linear, -linear @ matrix[:, 2]])


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Maps `points` (..., 2) by an affine transform (2, 3)."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def turn_back(points: np.ndarray, turns: int, width: int, height: int) -> np.ndarray:
    """Maps points of `numpy.rot90(image, turns)` back into the image, which has the given width and height."""
    x, y = points[..., 0], points[..., 1]
    match turns % 4:
        case 1:
            x, y = width - y, x
        case 2:
            x, y = width - x, height - y
        case 3:
            x, y = y, height - x
    return np.stack([x, y], axis=-1)


def overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection over union of one box (4,) with each of (n, 4); corners as left, top, right, bottom."""
    corner = np.minimum(box[2:], boxes[:, 2:]) - np.maximum(box[:2], boxes[:, :2])
    shared = np.prod(np.clip(corner, 0, None), axis=1)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return shared / (np.prod(box[2:] - box[:2]) + areas - shared)


def suppress(boxes: np.ndarray, scores: np.ndarray, limit: float) -> np.ndarray:
    """Greedy non-maximum suppression: indices of the boxes (n, 4) to keep, best score first.

    A box goes when it overlaps a better one that is kept by more than `limit` (intersection over union).
    """
    order = np.argsort(-scores, kind="stable")
    kept = []
    while order.size:
        best, order = order[0], order[1:]
        kept.append(best)
        order = order[overlap(boxes[best], boxes[order]) <= limit]
    return np.array(kept, dtype=np.intp)
