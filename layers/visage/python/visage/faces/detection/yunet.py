"""YuNet (Wu, Peng & Yu, 2023): three grids of cells, each with a class, an object, a box and five points."""

import numpy as np

from .. import sessions
from ..imaging.geometry import suppress
from .detectors import OVERLAP, Hits

STRIDES = (8, 16, 32)


class YuNet:
    """The second detector: smaller and faster than the first, and often right where that one is not."""

    seen = 0.2
    candidate = 0.4
    accepted = 0.7
    sure = 0.7

    def see(self, pictures: np.ndarray) -> list[Hits]:
        blob = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)
        maps = sessions.open("yunet").run(("classes", "objects", "boxes", "points"), {"image": blob})
        cells = _cells(*pictures.shape[1:3])
        return [_decode(cells, *(part[index] for part in maps)) for index in range(len(pictures))]


def _cells(height: int, width: int) -> np.ndarray:
    """Left, top and side of every cell of a picture's three grids, in the network's order: (n, 3)."""
    grids = []
    for stride in STRIDES:
        rows, columns = np.indices((height // stride, width // stride)).reshape(2, -1) * stride
        grids.append(np.column_stack([columns, rows, np.full_like(rows, stride)]))
    return np.concatenate(grids)


def _decode(
    cells: np.ndarray, classes: np.ndarray, objects: np.ndarray, boxes: np.ndarray, points: np.ndarray
) -> Hits:
    """Reads one picture's maps (cells, channels)."""
    scores = np.sqrt(np.clip(classes[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
    chosen = np.nonzero(scores >= YuNet.seen)[0]
    corner, side = cells[chosen, :2], cells[chosen, 2:]
    centres, sizes = corner + boxes[chosen, :2] * side, np.exp(boxes[chosen, 2:]) * side
    marks = corner[:, None] + points[chosen].reshape(-1, 5, 2) * side[:, None]
    hits = Hits(np.hstack([centres - sizes / 2, centres + sizes / 2]), scores[chosen], marks)
    return hits[suppress(hits.corners, hits.scores, OVERLAP)]
