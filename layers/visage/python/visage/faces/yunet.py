"""YuNet (Wu, Peng & Yu, 2023): three grids of anchors, each with a class, an object, a box and five points."""

import numpy as np

from . import sessions
from .detectors import OVERLAP, Hits
from .geometry import suppress

STRIDES = (8, 16, 32)
_PARTS = ("cls", "obj", "bbox", "kps")


class YuNet:
    """The strong set's detector."""

    candidate = 0.4
    accepted = 0.7
    sure = 0.85

    def see(self, pictures: np.ndarray) -> list[Hits]:
        """The network wants blue, green, red."""
        blob = np.ascontiguousarray(pictures[..., ::-1].transpose(0, 3, 1, 2), dtype=np.float32)
        names = [f"{part}_{stride}" for stride in STRIDES for part in _PARTS]
        maps = dict(zip(names, sessions.open("yunet").run(names, {"input": blob}), strict=True))
        width = pictures.shape[2]
        return [_decode({name: part[index] for name, part in maps.items()}, width) for index in range(len(pictures))]


def _decode(maps: dict[str, np.ndarray], width: int) -> Hits:
    """Reads one picture's maps (cells, channels), the cells row by row."""
    grids = [_grid(*(maps[f"{part}_{stride}"] for part in _PARTS), stride, width // stride) for stride in STRIDES]
    corners, scores, points = (np.concatenate(parts) for parts in zip(*grids, strict=True))
    hits = Hits(corners, scores, points)
    return hits[suppress(corners, scores, OVERLAP)]


def _grid(
    cls: np.ndarray, obj: np.ndarray, bbox: np.ndarray, kps: np.ndarray, stride: int, columns: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners (n, 4), scores (n,) and points (n, 5, 2) of one grid."""
    scores = np.sqrt(np.clip(cls[:, 0], 0, 1) * np.clip(obj[:, 0], 0, 1))
    chosen = np.nonzero(scores >= YuNet.candidate)[0]
    cells = np.column_stack([chosen % columns, chosen // columns])
    centres = (cells + bbox[chosen, :2]) * stride
    sizes = np.exp(bbox[chosen, 2:]) * stride
    points = (cells[:, None] + kps[chosen].reshape(-1, 5, 2)) * stride
    return np.hstack([centres - sizes / 2, centres + sizes / 2]), scores[chosen], points
