"""Are the faces in two images the same person?"""

import numpy as np

from visage import stages
from visage.errors import Reason, VisageError

from .. import sessions
from ..detection.detect import detect_largest
from ..types import Comparison, Face
from .embed import embed
from .impostors import PHOTOS, ImageType, impostors
from .score import THRESHOLDS, score


def compare(source: np.ndarray, target: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS) -> Comparison:
    """Compares the largest faces of two images (h, w, 3), of which one at least is a photo.

    VisageError(NO_FACE) names the image that has none.
    """
    sessions.prepare("sface", "centerface", "yunet")
    images = {"source": source, "target": target}
    faces = {name: _largest(image, name) for name, image in images.items()}
    return compare_embeddings(*(embed(image, faces[name]) for name, image in images.items()), types)


def compare_embeddings(
    first: np.ndarray, second: np.ndarray, types: tuple[ImageType, ImageType] = PHOTOS
) -> Comparison:
    """Compares the faces of two embeddings (128,); the score says how rarely people like them are as similar."""
    similarity = float(first @ second)
    rated = score(impostors(first, second, types).decades(similarity))
    stages.note("score", rated)
    return Comparison(rated, THRESHOLDS, similarity)


def _largest(image: np.ndarray, name: str) -> Face:
    face = detect_largest(image)
    if face is None:
        raise VisageError(Reason.NO_FACE, f"There is no face in the {name} image.")
    return face
