"""One probe against many coded faces: a similarity for each, and how wrong it can be.

The probe is coded as well: of q = d∘(p-m), which the codes are multiplied by, a scan takes t k, with whole numbers k in
-127..127, so that k·c is a sum of products of bytes, which the processor's own instructions form as fast as memory
delivers the codes. What that leaves, q - t k = u, makes the scan wrong by at most |u| |c| more than the quantizer's
bound. Faces in a column of `HEIGHT` share the largest of their bounds; `refine` looks at single faces, without u, in
float64.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import simsimd

from visage.gallery.index.quantizer import LARGEST, SLACK, Codes, Quantizer

HEIGHT = 128
"""Faces of a column. The first faces of all columns come first, then the second ones, and so on: what is done to every
column is then done to neighbours in memory."""
_STRIDE = 2**18
"""Faces multiplied at once: their products take a megabyte, which is used again for the next."""
_LOOKED_AT = 2**14
"""Faces refined at once: they take 8 bytes a number then."""
_LEAST = -10.0
"""Less than any score but that of a face that is not there."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """An embedding to search with, prepared for the codes of one quantizer."""

    weights: np.ndarray
    """float64 (256,): q."""
    constant: float
    """(p-m)·m"""
    reach: float
    """|p-m|"""
    numbers: np.ndarray
    """int8 (256,): k."""
    unit: float
    """t"""
    rest: float
    """|u|"""

    @classmethod
    def prepare(cls, embedding: np.ndarray, quantizer: Quantizer) -> "Probe":
        """Of an embedding (256,)."""
        centre = quantizer.centre.astype(np.float64)
        centred = embedding.astype(np.float64) - centre
        weights = centred * quantizer.steps
        unit = float(np.float32(np.abs(weights).max() / LARGEST)) or 1.0
        numbers = np.clip(np.rint(weights / unit), -LARGEST, LARGEST)
        return cls(
            weights=weights,
            constant=float(centred @ centre),
            reach=float(np.linalg.norm(centred)),
            numbers=numbers.astype(np.int8),
            unit=unit,
            rest=float(np.linalg.norm(weights - unit * numbers)),
        )


class Scan:
    """What a probe's scan said about coded faces. Faces are named by their rows."""

    def __init__(self, probe: Probe, codes: Codes, scores: np.ndarray, loss: np.ndarray, length: np.ndarray) -> None:
        self._probe = probe
        self._codes = codes
        self._scores = scores
        self._errors = probe.reach * loss + probe.rest * length + SLACK

    def exclude(self, faces: np.ndarray) -> None:
        """These faces are not there. To be called before any question is asked."""
        self._scores.reshape(-1)[faces] = -np.inf

    @cached_property
    def _tops(self) -> np.ndarray:
        """The best score of each column: float32 (columns,)."""
        return self._scores.max(axis=0)

    def promising(self, most: int) -> np.ndarray:
        """The best face of each of the `most` best columns, or of all: most of those with the best lower bounds."""
        best = self._tops - self._errors
        columns = np.argpartition(best, -most)[-most:] if most < len(best) else np.arange(len(best))
        columns = columns[best[columns] > -np.inf]
        return self._scores[:, columns].argmax(axis=0) * len(best) + columns

    def reaching(self, similarity: float) -> np.ndarray:
        """Every face that can have this similarity or more, and some that cannot, in no order."""
        needed = np.maximum(similarity - self._probe.constant - self._errors, _LEAST).astype(np.float32)
        columns = np.flatnonzero(self._tops >= needed)
        rows, places = np.nonzero(self._scores[:, columns] >= needed[columns])
        return rows * len(needed) + columns[places]

    def refine(self, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds of the faces' similarities: float64 (n,) each."""
        parts = [faces[start : start + _LOOKED_AT] for start in range(0, len(faces), _LOOKED_AT)] or [faces]
        scores = np.concatenate([self._codes.numbers[part] @ self._probe.weights for part in parts])
        scores += self._probe.constant + self._codes.offsets[faces]
        errors = self._probe.reach * self._codes.lost[faces] + SLACK
        return scores - errors, scores + errors


class Scanner:
    """Coded faces, ready to be scanned."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._loss = _largest(codes.lost)
        self._length = _largest(codes.lengths)

    def scan(self, probes: list[Probe]) -> list[Scan]:
        """All probes in one pass over the codes."""
        codes = self._codes
        scores = np.full((len(probes), HEIGHT * len(self._loss)), -np.inf, np.float32)
        numbers = np.stack([probe.numbers for probe in probes])
        units = np.array([probe.unit for probe in probes], np.float32)[:, None]
        for start in range(0, len(codes.numbers), _STRIDE):
            part = slice(start, min(start + _STRIDE, len(codes.numbers)))
            # Sums of 256 products of bytes are below 2**24: float32 holds them exactly.
            products = np.asarray(simsimd.cdist(numbers, codes.numbers[part], metric="dot", out_dtype="f32"))
            np.multiply(products, units, out=scores[:, part])
            scores[:, part] += codes.offsets[part]
        return [
            Scan(probe, codes, row.reshape(HEIGHT, -1), self._loss, self._length)
            for probe, row in zip(probes, scores, strict=True)
        ]


def _largest(values: np.ndarray) -> np.ndarray:
    """Of each column: float64 (columns,)."""
    padded = np.zeros(HEIGHT * -(-len(values) // HEIGHT))
    padded[: len(values)] = values
    return padded.reshape(HEIGHT, -1).max(axis=0)
