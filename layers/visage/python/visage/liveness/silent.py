"""Is the face in an image live, or a picture of a picture? One image tells, and nobody is asked to do anything."""

from collections.abc import Sequence
from dataclasses import dataclass

from visage.errors import Reason, VisageError
from visage.faces.detect import detect_largest
from visage.faces.recapture import recapture
from visage.media.decode import Picture
from visage.media.limits import GREEN
from visage.media.pictures import see_each


@dataclass(frozen=True, slots=True)
class Recapture:
    """What an image's largest face looks like."""

    rate: float
    """0–100: how surely it was photographed from a screen or from paper; 100 where there is no face."""


NO_FACE = Recapture(100.0)


def judge(library: str, urls: Sequence[str], until: float) -> list[Recapture | VisageError]:
    """For each image what its largest face looks like, or why that is not known; equal addresses are seen once.

    What has not begun by `until` (time.monotonic) fails with OUT_OF_TIME.
    """
    seen = see_each(urls, GREEN, library, until, _see)
    return [seen.get(url) or VisageError(Reason.OUT_OF_TIME) for url in urls]


def _see(_url: str, picture: Picture) -> Recapture:
    face = detect_largest(picture.pixels)
    return NO_FACE if face is None else Recapture(100 * recapture(picture.pixels, face))
