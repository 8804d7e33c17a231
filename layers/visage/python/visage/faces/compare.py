"""Are the faces in two images the same person?"""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np

from visage.errors import Reason, VisageError

from . import sessions
from .detect import detect_largest
from .embed import embed
from .impostors import PHOTOS, ImageType, Impostors, impostors
from .types import Comparison, Face


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a similarity means, as training/calibrate.py measured it."""

    similarities: tuple[float, ...]
    """Knots of the scale, rising."""
    scores: tuple[float, ...]
    """The score at each knot, 0–100, rising."""
    thresholds: dict[str, float]
    """False match rate → score from which on the faces of a usual pair count as one person."""

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

    def threshold(self, impostors: Impostors, rate: float) -> float:
        """The score that this share of such impostors reaches, to two decimals."""
        return round(self.score(impostors.similarity_at(rate)), 2)


def compare(source: np.ndarray, target: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS) -> Comparison:
    """Compares the largest faces of two images (h, w, 3), of which one at least is a photo.

    VisageError(NO_FACE) names the image that has none.
    """
    images = {"source": source, "target": target}
    faces = {name: _largest(image, name) for name, image in images.items()}
    return compare_embeddings(*(embed(image, faces[name]) for name, image in images.items()), types)


def compare_embeddings(
    first: np.ndarray, second: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS
) -> Comparison:
    """Compares the faces of two embeddings (256,); the thresholds are those of impostors like this pair."""
    similarity = float(first @ second)
    scale, like_them = calibration(), impostors(first, second, types)
    thresholds = {rate: scale.threshold(like_them, float(rate)) for rate in scale.thresholds}
    return Comparison(scale.score(similarity), thresholds, similarity)


def _largest(image: np.ndarray, name: str) -> Face:
    face = detect_largest(image)
    if face is None:
        raise VisageError(Reason.NO_FACE, f"There is no face in the {name} image.")
    return face


@cache
def calibration() -> Calibration:
    """The shipped calibration."""
    return Calibration.read(sessions.read("calibration"))
