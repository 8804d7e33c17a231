"""Are the faces in two images the same person?"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from visage.errors import Reason, VisageError

from . import sessions
from .detect import detect_largest
from .embed import embed
from .types import Comparison, Face


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a similarity means, as training/calibrate.py measured it."""

    similarities: tuple[float, ...]
    """Knots of the scale, rising."""
    scores: tuple[float, ...]
    """The score at each knot, 0–100, rising."""
    thresholds: dict[str, float]
    """False match rate → score from which on two faces count as one person."""

    @classmethod
    def read(cls, content: bytes) -> "Calibration":
        document = json.loads(content)
        return cls(
            similarities=tuple(knot["similarity"] for knot in document["scale"]),
            scores=tuple(knot["score"] for knot in document["scale"]),
            thresholds={rate: threshold["score"] for rate, threshold in document["thresholds"].items()},
        )

    def score(self, similarity: float) -> float:
        """The score 0–100 of a similarity -1 to 1, linear between the knots."""
        return float(np.interp(similarity, self.similarities, self.scores))


def compare(source: np.ndarray, target: np.ndarray) -> Comparison:
    """Compares the largest faces of two images (h, w, 3). VisageError(NO_FACE) names the image that has none."""
    images = {"source": source, "target": target}
    faces = {name: _largest(image, name) for name, image in images.items()}
    return compare_embeddings(*(embed(image, faces[name]) for name, image in images.items()))


def compare_embeddings(first: np.ndarray, second: np.ndarray) -> Comparison:
    """Compares the faces of two embeddings (256,)."""
    similarity = float(first @ second)
    scale = calibration()
    return Comparison(scale.score(similarity), scale.thresholds, similarity)


def _largest(image: np.ndarray, name: str) -> Face:
    face = detect_largest(image)
    if face is None:
        raise VisageError(Reason.NO_FACE, f"There is no face in the {name} image.")
    return face


@cache
def calibration() -> Calibration:
    """The shipped calibration."""
    return Calibration.read(sessions.read("calibration"))
