"""Codes embeddings in 8 bits per number, with a bound of the error.

An embedding e is coded as integers c in -127..127 around a centre m, with a step d for each dimension:
e = m + d∘c + r. The residual r is not stored, but its length is, and so is m·e, because a probe p is compared by

    p·e = (p-m)·e + m·e = (p-m)·m + (p-m)·(d∘c) + m·e + (p-m)·r,

where all but the last term is known, and the last is at most |p-m| |r| (Cauchy-Schwarz). Faces lie close together:
without the centre, the steps and |p-m| would be more than twice as large, and the bound five times as wide.
"""

import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

SIZE = 128
"""Numbers of an embedding."""
LARGEST = 127
"""The largest absolute value of a code."""
ZERO = 128
"""What stands for the code 0."""
SLACK = 1e-6
"""Bound of all rounding errors together: a similarity to float32, m·e to float32, and a scan's four sums in float32.
Each value is below 2, so one rounding adds at most 2**-24 = 6e-8 of it."""


@dataclass(frozen=True, eq=False)
class Quantizer:
    """What training/quantizer.py learnt from faces: it decides how narrow the bounds are, not whether they hold."""

    centre: np.ndarray
    """float32 (128,): m."""
    steps: np.ndarray
    """float32 (128,), positive: d."""

    @cached_property
    def id(self) -> str:
        """Codes of quantizers with the same id may be mixed."""
        return hashlib.sha256(self.centre.tobytes() + self.steps.tobytes()).hexdigest()[:16]

    def encode(self, embeddings: np.ndarray) -> "Codes":
        """Of embeddings (n, 128)."""
        exact = embeddings.astype(np.float64)
        centred = exact - self.centre
        numbers = np.clip(np.rint(centred / self.steps), -LARGEST, LARGEST)
        lost = np.linalg.norm(centred - numbers * self.steps, axis=1)
        return Codes(
            numbers=(numbers + ZERO).astype(np.uint8),
            offsets=(exact @ self.centre.astype(np.float64)).astype(np.float32),
            lost=np.nextafter(lost.astype(np.float32), np.float32(np.inf)),
            lengths=np.ceil(np.linalg.norm(numbers, axis=1)).astype(np.uint16),
        )


@cache
def trained() -> Quantizer:
    """The quantizer that codes new files."""
    with np.load(Path(__file__).with_name("quantizer.npz")) as arrays:
        return Quantizer(arrays["centre"], arrays["steps"])


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Coded embeddings of n faces."""

    numbers: np.ndarray
    """uint8 (n, 128): c + 128. Processors multiply bytes without a sign faster."""
    offsets: np.ndarray
    """float32 (n,): m·e."""
    lost: np.ndarray
    """float32 (n,): |r|, rounded up."""
    lengths: np.ndarray
    """uint16 (n,): |c|, rounded up."""
