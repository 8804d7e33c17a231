"""What two stronger recognition networks say about every face of a set. They only teach: neither is in the project."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path

import numpy as np
import onnxruntime

from visage.faces import sessions
from visage.faces.align import arcface_chip
from visage.faces.embed import unit
from visage.faces.types import Face

from .data import load
from .features import CACHE

EDGEFACE, MOBILEFACENET = "edgeface_xs.onnx", "foamliu_mobilefacenet.onnx"
SHARES = {EDGEFACE: 0.8, MOBILEFACENET: 0.2}
"""Of the networks' cosines in the dot product of two judgements."""
_COLOURS = {
    EDGEFACE: (np.full(3, 127.5), np.full(3, 127.5)),
    MOBILEFACENET: (255 * np.array([0.485, 0.456, 0.406]), 255 * np.array([0.229, 0.224, 0.225])),
}
"""What each network's input is centred and divided by."""


def judgements(
    folder: Path, files: list[str], choose: Callable[[np.ndarray], Face | None], teachers: Path
) -> np.ndarray:
    """float32 (n, d), of length one, for images in which `choose` finds a face; read from the cache or computed."""
    shares = (f"{name} {share}" for name, share in SHARES.items())
    names = [sessions.sha256("centerface"), *shares, choose.__name__, *files]
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    stored = CACHE / f"{folder.name}-teachers-{key}.npy"
    if not stored.exists():
        stored.parent.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor() as pool:
            rows = list(pool.map(partial(_judge, teachers, choose), [folder / file for file in files], chunksize=32))
        np.save(stored, np.stack(rows))
    return np.load(stored)


def _judge(teachers: Path, choose: Callable[[np.ndarray], Face | None], path: Path) -> np.ndarray:
    image = load(path)
    chip = arcface_chip(image, choose(image))
    parts = [
        np.sqrt(share) * unit(sum(unit(said(teachers / name, view)) for view in (chip, chip[:, ::-1])))
        for name, share in SHARES.items()
    ]
    return np.concatenate(parts).astype(np.float32)


def said(network: Path, chip: np.ndarray) -> np.ndarray:
    """What one of the networks makes of a chip uint8 (112, 112, 3), not normalised."""
    mean, deviation = _COLOURS[network.name]
    picture = np.ascontiguousarray(((chip - mean) / deviation).transpose(2, 0, 1)[None], np.float32)
    session = _open(network)
    return session.run(None, {session.get_inputs()[0].name: picture})[0][0]


@cache
def _open(network: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(network, options)
