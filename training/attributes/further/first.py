"""Runs the first network up to its last layer."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.utils import Extractor

from .shared_out import share_out
from .upper_layers import CHANNELS, SHARED

BATCH = 32
_CELLS, _VIEWS = 9, 16


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What the first network sees in pictures, one row per picture."""

    maps: np.ndarray
    """float16 (n, CHANNELS, 9, 9): after the shared blocks."""
    last: np.ndarray
    """float16 (n, CHANNELS * VIEWS): input of the last layer."""


def seen(path: Path, batch: Callable[[int], np.ndarray], count: int, stored: Path, workers: int) -> Seen:
    """Of `count` pictures in an exported network; `batch` gives the k-th `BATCH` of them, uint8 (n, SIDE, SIDE, 3).

    Cached in files whose names begin as `stored`.
    """
    files = [stored.with_name(f"{stored.name}.{name}.npy") for name in ("maps", "last")]
    if not files[1].exists():
        shapes = ((count, CHANNELS, _CELLS, _CELLS), (count, CHANNELS * _VIEWS))
        parts = [file.with_suffix(".part") for file in files]
        for part, shape in zip(parts, shapes, strict=True):
            np.lib.format.open_memmap(part, "w+", np.float16, shape).flush()
        share_out(partial(_see, path, batch, parts), -(-count // BATCH), workers)
        for part, file in zip(parts, files, strict=True):
            part.rename(file)
    return Seen(*(np.load(file, mmap_mode="r") for file in files))


def _see(path: Path, batch: Callable[[int], np.ndarray], parts: list[Path], places: range) -> None:
    """Write what is seen in these batches."""
    session, (maps, last) = _lower(path), (np.load(part, mmap_mode="r+") for part in parts)
    for place in places:
        blob = np.ascontiguousarray(batch(place).transpose(0, 3, 1, 2), dtype=np.float32)
        rows = slice(place * BATCH, place * BATCH + len(blob))
        below, found = session.run(None, {"image": blob})
        maps[rows], last[rows] = below, found.reshape(len(found), -1)
    maps.flush()
    last.flush()


@cache
def _lower(path: Path) -> onnxruntime.InferenceSession:
    model = Extractor(onnx.shape_inference.infer_shapes(onnx.load(path))).extract_model(
        ["image"], [f"pointwise {SHARED}", "seen"]
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options)
