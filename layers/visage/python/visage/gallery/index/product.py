"""Multiplies several probes with many codes at once, by onnxruntime's product of matrices of bytes.

That takes as long for sixteen probes as for one; one pair of bytes after the other, sixteen take sixteen times as long.
`product.onnx` is how it is called: two nodes and no weights, written by training/product.py.
"""

from functools import cache
from pathlib import Path

import numpy as np

from visage.gallery.index.quantizer import LARGEST, SIZE, ZERO

FROM = 3
"""Probes from which on this takes less time than one after the other."""
_STRIDE = 2**14
"""Codes multiplied at once: their products are still in the cache when they are added up."""


def scores(codes: np.ndarray, offsets: np.ndarray, probes: np.ndarray, units: np.ndarray, out: np.ndarray) -> None:
    """Write units[p] Σ (codes[n, i] - 128) probes[p, i] + offsets[n] to out[p, n]. The sums are exact where `exact()`.

    codes uint8 (n, 128), offsets float32 (n,), probes int8 (p, 128), units float32 (p,), out float32 (p, n).
    """
    run, feed = _session().run, {"probes": np.ascontiguousarray(probes.T), "units": units}
    for start in range(0, len(codes), _STRIDE):
        part = slice(start, min(start + _STRIDE, len(codes)))
        (products,) = run(None, {**feed, "codes": codes[part]})
        np.add(products, offsets[part], out=out[:, part])


@cache
def exact() -> bool:
    """Whether this processor sums such products up as they are: older ones cut pairs of them off at 15 bits."""
    ends = np.array([[LARGEST], [-LARGEST]], np.int8).repeat(SIZE, axis=1)
    codes, units = ends.repeat(_STRIDE // 2, axis=0), np.ones(2, np.float32)
    found = np.empty((2, len(codes)), np.float32)
    scores(codes.view(np.uint8) ^ np.uint8(ZERO), np.zeros(len(codes), np.float32), ends, units, found)
    return bool((found == ends.astype(np.float32) @ codes.T.astype(np.float32)).all())


@cache
def _session():
    from visage.faces import sessions  # here, because only who has several probes needs onnxruntime

    return sessions.unnamed(Path(__file__).with_name("product.onnx"))
