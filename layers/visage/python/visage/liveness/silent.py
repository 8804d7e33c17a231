"""Silent liveness: whether the face in a single image is live or recaptured from a screen or print."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.appearance.recapture import recapture, unjudgeable
from visage.faces.detection.detect import detect_largest
from visage.media.decode import Picture
from visage.media.limits import GREEN
from visage.media.pictures import see_each


@dataclass(frozen=True, slots=True)
class Recapture:
    """The recapture score of an image's largest face."""

    rate: float
    """0–100: confidence that it was photographed from a screen or paper; 100 where there is no face."""
    reason: str | None = None
    """Why the image cannot be judged by more than its face; see `unjudgeable`."""


NO_FACE = Recapture(100.0)


def judge(library: str, urls: Sequence[str], until: float) -> list[Recapture | VisageError]:
    """Judge the largest face of each image, or say why that failed; equal URLs are processed once.

    Images whose processing has not begun by `until` (time.monotonic) fail with OUT_OF_TIME.
    """
    seen = see_each(urls, GREEN, library, until, _see)
    return [seen.get(url) or VisageError(Reason.OUT_OF_TIME) for url in urls]


def _see(_url: str, picture: Picture) -> Recapture:
    return look(picture.pixels)


def look(image: np.ndarray) -> Recapture:
    """Judge the largest face of an image (h, w, 3)."""
    face = detect_largest(image)
    if face is None:
        return NO_FACE
    return Recapture(100 * recapture(image, face), unjudgeable(image.shape, face.box))
