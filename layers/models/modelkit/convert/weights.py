"""Weights in TensorFlow.js' format: a manifest (JSON) and one file of bytes, 8-bit, half or single precision."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Weight:
    """A tensor as it is stored.

    An 8-bit tensor means `stored * step + minimum`, in double precision, rounded to single
    (tfjs-core, `io/io_utils.ts`, decodeWeights).
    """

    stored: np.ndarray
    step: float = 1.0
    minimum: float = 0.0

    @property
    def values(self) -> np.ndarray:
        """What the tensor means: float32, or int32 for the few that count."""
        if self.stored.dtype == np.uint8:
            return (self.stored * np.float64(self.step) + self.minimum).astype(np.float32)
        return self.stored.astype(np.float32) if self.stored.dtype == np.float16 else self.stored

    @property
    def zero_point(self) -> int:
        """The stored 8-bit number that means zero; ValueError when there is none."""
        zero = round(-self.minimum / self.step)
        if not 0 <= zero <= 255 or abs(zero * self.step + self.minimum) > 1e-6 * self.step:
            raise ValueError("no 8-bit number means zero in this tensor")
        return zero


def read_weights(groups: Sequence[dict], data: bytes) -> dict[str, Weight]:
    """Reads all tensors of a weights manifest (`groups`, parsed) whose files are joined in `data`."""
    weights, offset = {}, 0
    for entry in (entry for group in groups for entry in group["weights"]):
        quantization = entry.get("quantization", {})
        dtype = np.dtype(quantization.get("dtype", entry["dtype"])).newbyteorder("<")
        count = int(np.prod(entry["shape"], dtype=np.int64))
        stored = np.frombuffer(data, dtype, count, offset).reshape(entry["shape"])
        offset += stored.nbytes
        weights[entry["name"]] = Weight(stored, quantization.get("scale", 1.0), quantization.get("min", 0.0))
    if offset != len(data):
        raise ValueError(f"the weights take {offset} bytes, the file has {len(data)}")
    return weights
