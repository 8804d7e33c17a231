"""Scores of two small published networks on the same pictures, for comparison only; nothing is learnt from them."""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import onnxruntime

from visage.faces.types import Box, Face

from ..data import load
from .faces import CACHE

NETWORKS = {"minifasnet_v2_2.7.onnx": 2.7, "minifasnet_v1se_4.0.onnx": 4.0}
"""File, and side of the input in sides of the face's box."""
SIDE = 80
REAL = 1
"""Index of their output that means live."""


def attacks(data: Path, faces: Sequence[tuple[str, Face]], teachers: Path, workers: int) -> np.ndarray:
    """float32 (n,): attack scores, 0–1, mean of both networks; faces are (file, face)."""
    key = hashlib.sha256(repr([(file, face.box) for file, face in faces]).encode()).hexdigest()[:16]
    stored = CACHE / f"teachers-2-{key}.npy"
    if not stored.exists():
        with ProcessPoolExecutor(workers) as pool:
            np.save(stored, np.float32(list(pool.map(partial(_ask, data, teachers), faces, chunksize=32))))
    return np.load(stored)


def _ask(data: Path, teachers: Path, at: tuple[str, Face]) -> float:
    file, face = at
    return attack(load(data / file), face, teachers)


def attack(image: np.ndarray, face: Face, teachers: Path) -> float:
    """Attack score, 0–1, of one face: mean of both networks in the folder `teachers`."""
    real = [_real(teachers / name, _crop(image, face.box, share)) for name, share in NETWORKS.items()]
    return 1 - float(np.mean(real))


def _crop(image: np.ndarray, box: Box, share: float) -> np.ndarray:
    """A crop of this many box sides around its middle; reduced to, and moved inside, the image.

    Read off between pixels without averaging, which is what these networks were made for: see NOTES.md.
    """
    height, width = image.shape[:2]
    share = min(share, (height - 1) / box.height, (width - 1) / box.width)
    left, right = _span(box.centre[0], box.width * share, width)
    top, bottom = _span(box.centre[1], box.height * share, height)
    region = image[top:bottom, left:right]
    (above, below, down), (before, after, across) = (_between(length) for length in region.shape[:2])
    across, down = across[None, :, None], down[:, None, None]
    upper, lower = (
        region[rows[:, None], before] * (1 - across) + region[rows[:, None], after] * across for rows in (above, below)
    )
    return np.uint8(np.round(upper * (1 - down) + lower * down))


def _span(centre: float, length: float, end: int) -> tuple[int, int]:
    start = min(max(centre - length / 2, 0), end - length)
    return int(start), int(start + length) + 1


def _between(length: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each of SIDE pixels its two neighbours among `length`, and the share of the second."""
    place = ((np.arange(SIDE) + 0.5) * length / SIDE - 0.5).clip(0, length - 1)
    first = place.astype(int)
    return first, np.minimum(first + 1, length - 1), np.float32(place - first)


def _real(path: Path, crop: np.ndarray) -> float:
    session = _session(path)
    blob = np.ascontiguousarray(crop[..., ::-1].transpose(2, 0, 1)[None], np.float32)
    (logits,) = session.run(None, {session.get_inputs()[0].name: blob})[0]
    odds = np.exp(logits - logits.max())
    return float(odds[REAL] / odds.sum())


@cache
def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options)
