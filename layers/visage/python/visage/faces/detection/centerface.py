"""CenterFace (Xu et al., 2019): a face is a peak in a map of centres."""

import numpy as np

from .. import sessions
from ..imaging.geometry import suppress
from .detectors import OVERLAP, Hits

STRIDE = 4


class CenterFace:
    """The first detector; training/NOTES.md has the faces found and the false hits that led to its limits."""

    seen = 0.15
    candidate = 0.3
    accepted = 0.45
    sure = 0.6

    def see(self, pictures: np.ndarray) -> list[Hits]:
        blob = np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), dtype=np.float32)
        maps = sessions.open("centerface").run(("heatmap", "scale", "offset", "landmarks"), {"image": blob})
        return [_decode(*(part[index] for part in maps)) for index in range(len(pictures))]


def _decode(heatmap: np.ndarray, scale: np.ndarray, offset: np.ndarray, landmarks: np.ndarray) -> Hits:
    """Reads the network's maps (channels, h / 4, w / 4). Wherever these have two coordinates, y comes first."""
    rows, columns = np.nonzero(heatmap[0] >= CenterFace.seen)
    size = np.exp(scale[::-1, rows, columns].T) * STRIDE
    centre = (np.column_stack([columns, rows]) + offset[::-1, rows, columns].T + 0.5) * STRIDE
    corner = centre - size / 2
    points = landmarks[:, rows, columns].T.reshape(-1, 5, 2)[..., ::-1] * size[:, None] + corner[:, None]
    hits = Hits(np.hstack([corner, corner + size]), heatmap[0, rows, columns], points)
    return hits[suppress(hits.corners, hits.scores, OVERLAP)]
