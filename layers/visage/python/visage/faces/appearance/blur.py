"""How blurred a face is, whatever its size in the photo."""

from math import ceil, inf, sqrt

import numpy as np
from PIL import Image

from ..imaging.resample import shrink
from ..types import Face

MOST = 20.0
LIMIT = 5.0
"""From this score on a face counts as blurred."""
_LIMIT_SPREAD = 0.02
"""The spread of edges, in widths of the face, that scores `LIMIT`; training/NOTES.md has what led to it."""
_WIDTH = 112
"""A wider face is reduced to so many pixels. A narrower one stays as it is: to enlarge it would blur it."""
_REBLUR = 0.02
"""Standard deviation of the second blur, in widths of the face …"""
_LEAST_REBLUR = 0.75
"""… and at least so many pixels."""
_PIXEL = 0.1
"""What pixels and their differences add to an edge's variance, in pixels squared (each about 1/12)."""
_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Rows and columns from a pixel to the one it is compared with: across, down and along both diagonals."""


def blur(image: np.ndarray, face: Face) -> float:
    """The blur of a face in an image (h, w, 3): 0 (sharp) to 20, above 5 when it counts as blurred.

    The score is 20 s / (s + 3 s5), where s is the standard deviation, in widths of the face, of the Gaussian that
    would have spread a sharp edge as far as the face's edges are spread, and s5 = 0.02 scores 5. It does not depend
    on the face's size: a small face is sharp as long as its pixels differ as sharply as its size allows, and blurred
    when it was enlarged.
    """
    grey, width = _grey(image, face)
    spread = sqrt(max(_variance(grey, max(_REBLUR * width, _LEAST_REBLUR)) - _PIXEL, 0)) / width
    return MOST if spread == inf else MOST * spread / (spread + (MOST / LIMIT - 1) * _LIMIT_SPREAD)


def _grey(image: np.ndarray, face: Face) -> tuple[np.ndarray, float]:
    """The face's box, as far as it lies in the image, float32 (h, w), and the whole box's width in its pixels."""
    box = face.box
    top, left = max(round(box.top), 0), max(round(box.left), 0)
    cut = image[top : max(round(box.top + box.height), top + 1), left : max(round(box.left + box.width), left + 1)]
    scale = min(_WIDTH / box.width, 1)
    height, width = (max(round(side * scale), 2) for side in cut.shape[:2])
    if scale < 1:
        cut = shrink(cut, width, height)
    return np.asarray(Image.fromarray(np.ascontiguousarray(cut)).convert("L"), np.float32), box.width * scale


def _variance(grey: np.ndarray, reblur: float) -> float:
    """The variance of the edges' spread, in pixels squared, inf when blurring once more changes nothing.

    Zhuo and Sim ("Defocus map estimation from a single image", Pattern Recognition 44(9), 2011) tell an edge's spread
    a by blurring it once more, by s, and comparing its steepness before and after. Here one ratio is taken for all
    edges of a direction, R = sum(|v| v u) / sum(|v|^3), with u the differences of neighbours before and v after: noise,
    which v has little of, averages out, and strong edges count. An edge that is a Gaussian step gives
    R^2 = 3 (a^2 + s^2) / (3 a^2 + s^2), which is 3 when it is sharp and 1 when it is not there. The direction in which
    edges are spread most decides, for a motion blurs along one only.
    """
    blurred = _gaussian(_gaussian(grey, reblur).T, reblur).T
    ratios = []
    for down, across in _STEPS:
        before, after = (_differences(picture, down, across) for picture in (grey, blurred))
        weight = np.abs(after) * _ellipse(*after.shape)
        ratios.append((weight * after * before).sum() / max((weight * after**2).sum(), 1e-9))
    least = float(min(ratios))
    return reblur**2 * (3 - least**2) / (3 * (least**2 - 1)) if least > 1 else inf


def _gaussian(rows: np.ndarray, deviation: float) -> np.ndarray:
    """The picture (h, w) blurred along its rows, whose ends are thought to go on."""
    reach = ceil(3 * deviation)
    taps = np.exp(-0.5 * (np.arange(-reach, reach + 1) / deviation) ** 2)
    wide = np.pad(rows, ((0, 0), (reach, reach)), mode="edge")
    width = rows.shape[1]
    return sum(tap * wide[:, start : start + width] for start, tap in enumerate(taps / taps.sum()))


def _ellipse(height: int, width: int) -> np.ndarray:
    """The pixels (h, w) in the ellipse that fills the picture: a face's box has the background in its corners."""
    down, across = np.ogrid[:height, :width]
    return ((across + 0.5) / width - 0.5) ** 2 + ((down + 0.5) / height - 0.5) ** 2 < 0.25


def _differences(picture: np.ndarray, down: int, across: int) -> np.ndarray:
    """Each pixel's difference to the one so many rows further down and columns further to the right."""
    if across < 0:
        return _differences(picture[:, ::-1], down, -across)
    height, width = picture.shape
    return picture[down:, across:] - picture[: height - down, : width - across]

