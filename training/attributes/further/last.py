"""The network's last layer."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

from visage.faces.appearance.attributes import QUESTIONS


@dataclass(frozen=True, slots=True, eq=False)
class Last:
    """The last layer: log odds of yes = seen @ weights + offsets."""

    weights: np.ndarray
    """float32 (512 * VIEWS, QUESTIONS)"""
    offsets: np.ndarray
    """float32 (QUESTIONS,)"""

    def logits(self, seen: np.ndarray) -> np.ndarray:
        """float32 (n, QUESTIONS)"""
        rows = range(0, len(seen), 512)
        return np.concatenate([seen[at : at + 512].astype(np.float32) @ self.weights + self.offsets for at in rows])

    def calibrated(self, scales: np.ndarray, offsets: np.ndarray) -> "Last":
        """The layer whose log odds are scale * log odds + offset, by question."""
        return Last((self.weights * scales).astype(np.float32), (self.offsets * scales + offsets).astype(np.float32))


def read(path: Path) -> Last:
    """The last layer of the first training, calibrated; `path` is its own file or the one that ships."""
    return _columns(path, slice(-len(QUESTIONS) - 1, -1))


def taught(path: Path) -> Last:
    """The last layer by which the file answers."""
    return _columns(path, slice(len(QUESTIONS)))


def _columns(path: Path, columns: slice) -> Last:
    stored = {item.name: numpy_helper.to_array(item) for item in onnx.load(path).graph.initializer}
    return Last(stored["decide stored"][:, columns].astype(np.float32), stored["bias"][columns])
