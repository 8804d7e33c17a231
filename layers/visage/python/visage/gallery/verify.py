"""1:1 verification: whether two images show the same person."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.detection.detect import detect_largest
from visage.faces.recognition.compare import compare_embeddings
from visage.faces.recognition.embed import embed
from visage.faces.subject import only_face
from visage.faces.types import Comparison
from visage.media.decode import Picture
from visage.media.limits import GREEN
from visage.media.pictures import see_each


@dataclass(frozen=True, slots=True)
class Pair:
    """Two images to compare."""

    first: str
    second: str
    largest: bool
    """Whether to use the largest of several faces; otherwise several faces are an error."""


def verify(library: str, pairs: Sequence[Pair], until: float) -> list[Comparison | VisageError]:
    """Compare each pair: the result, or why there is none. An image used in several pairs is processed once.

    Pairs whose images have not been started by `until` (time.monotonic) fail with OUT_OF_TIME.
    """
    seen = {
        largest: see_each(_addresses(pairs, largest), GREEN, library, until, see)
        for largest, see in ((False, _only), (True, _largest))
    }
    return [_compare(pair, [seen[pair.largest].get(url) for url in (pair.first, pair.second)]) for pair in pairs]


def _addresses(pairs: Sequence[Pair], largest: bool) -> list[str]:
    return [url for pair in pairs if pair.largest == largest for url in (pair.first, pair.second)]


def _only(_url: str, picture: Picture) -> np.ndarray:
    return embed(picture.pixels, only_face(picture.pixels))


def _largest(_url: str, picture: Picture) -> np.ndarray:
    face = detect_largest(picture.pixels)
    if face is None:
        raise VisageError(Reason.NO_FACE)
    return embed(picture.pixels, face)


def _compare(pair: Pair, seen: list[np.ndarray | VisageError | None]) -> Comparison | VisageError:
    failures = [image or VisageError(Reason.OUT_OF_TIME) for image in seen if not isinstance(image, np.ndarray)]
    return failures[0] if failures else compare_embeddings(*seen)
