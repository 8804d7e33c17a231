"""Compares one probe with many coded faces: a similarity for each, with a bound of its error.

The probe is coded as well: instead of q = d∘(p-m), by which the codes are multiplied, a scan uses t k with integers k
in -127..127. So k·c is a sum of products of bytes, which the processor's own instructions compute as fast as memory
delivers the codes. The remainder u = q - t k adds an error of at most |u| |c| to the quantizer's bound. The faces in a
column of `HEIGHT` share the largest of their bounds; `refine` computes single faces without u, in float64.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import simsimd

from visage.gallery.index import product
from visage.gallery.index.quantizer import LARGEST, SIZE, SLACK, ZERO, Codes, Quantizer

HEIGHT = 128
"""Faces in a column. The first faces of all columns are stored first, then the second ones, and so on, so that an
operation on all columns reads neighbouring memory."""
_STRIDE = 2**16
"""Faces multiplied at once: their products take a quarter of a megabyte, which the next batch reuses."""
_REFINED = 2**14
"""Faces refined at once: then they take 8 bytes per number."""
_ABSENT = -10.0
"""Below any score but that of an absent face."""


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """An embedding to search with, prepared for the codes of one quantizer."""

    weights: np.ndarray
    """float64 (128,): q."""
    constant: float
    """(p-m)·m"""
    reach: float
    """|p-m|"""
    numbers: np.ndarray
    """int8 (128,): k."""
    unit: float
    """t"""
    rest: float
    """|u|"""

    @classmethod
    def prepare(cls, embedding: np.ndarray, quantizer: Quantizer) -> "Probe":
        """Of an embedding (128,)."""
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
    """The result of scanning coded faces with a probe. Faces are identified by their rows."""

    def __init__(self, probe: Probe, codes: Codes, scores: np.ndarray, loss: np.ndarray, length: np.ndarray) -> None:
        self._probe = probe
        self._codes = codes
        self._scores = scores
        self._errors = probe.reach * loss + probe.rest * length + SLACK

    def exclude(self, faces: np.ndarray) -> None:
        """Exclude these faces. Must be called before any query."""
        self._scores.reshape(-1)[faces] = -np.inf

    @cached_property
    def _tops(self) -> np.ndarray:
        """The best score of each column: float32 (columns,)."""
        return self._scores.max(axis=0)

    def best_faces(self, limit: int) -> np.ndarray:
        """The best face of each of the `limit` best columns (of all, if fewer): int64, mostly those with the best lower
        bounds."""
        best = self._tops - self._errors
        columns = np.argpartition(best, -limit)[-limit:] if limit < len(best) else np.arange(len(best))
        columns = columns[best[columns] > -np.inf]
        return self._scores[:, columns].argmax(axis=0) * len(best) + columns

    def reaching(self, similarity: float) -> np.ndarray:
        """Every face that can have this similarity or more, and some that cannot: int64, unordered."""
        needed = np.maximum(similarity - self._probe.constant - self._errors, _ABSENT).astype(np.float32)
        columns = np.flatnonzero(self._tops >= needed)
        rows, places = np.nonzero(self._scores[:, columns] >= needed[columns])
        return rows * len(needed) + columns[places]

    def refine(self, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Lower and upper bounds of the faces' similarities: float64 (n,) each."""
        parts = [faces[start : start + _REFINED] for start in range(0, len(faces), _REFINED)] or [faces]
        scores = np.concatenate([self._codes.numbers[part] @ self._probe.weights for part in parts])
        scores += self._probe.constant - ZERO * self._probe.weights.sum() + self._codes.offsets[faces]
        errors = self._probe.reach * self._codes.lost[faces] + SLACK
        return scores - errors, scores + errors


class Scanner:
    """Coded faces, ready to be scanned."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._loss = _largest(codes.lost)
        self._length = _largest(codes.lengths)
        self._sums = np.empty(len(codes.numbers), np.float32)
        """128 Σ (c + 128) of each face."""
        ones = np.full((1, SIZE), 1, np.uint8)
        for part in _parts(codes):
            np.multiply(_products(ones, codes.numbers[part]), np.float32(ZERO), out=self._sums[part])

    def scan(self, probes: list[Probe]) -> list[Scan]:
        """Scan with all probes in one pass over the codes."""
        codes, count = self._codes, len(self._codes.numbers)
        scores = np.empty((len(probes), HEIGHT * len(self._loss)), np.float32)
        scores[:, count:] = -np.inf
        if len(probes) >= product.FROM and product.exact():
            numbers, units = np.stack([probe.numbers for probe in probes]), [probe.unit for probe in probes]
            product.scores(codes.numbers, codes.offsets, numbers, np.array(units, np.float32), scores[:, :count])
        else:
            for probe, row in zip(probes, scores, strict=True):
                self._score(probe, row)
        return [
            Scan(probe, codes, row.reshape(HEIGHT, -1), self._loss, self._length)
            for probe, row in zip(probes, scores, strict=True)
        ]


    def _score(self, probe: Probe, scores: np.ndarray) -> None:
        """Write t k·c + m·e of each face to the scores, float32 (n or more,).

        k·c = Σ (k + 128) (c + 128) - 128 Σ (c + 128) - 128 Σ k, each below 2**24: float32 holds them exactly.
        """
        raised, unit = (probe.numbers.astype(np.int16) + ZERO).astype(np.uint8)[None], np.float32(probe.unit)
        constant = np.float32(ZERO * int(probe.numbers.sum(dtype=np.int64)))
        for part in _parts(self._codes):
            products = _products(raised, self._codes.numbers[part])
            products -= self._sums[part]
            products -= constant
            products *= unit
            np.add(products, self._codes.offsets[part], out=scores[part])


def _parts(codes: Codes) -> Iterator[slice]:
    """Faces multiplied at once."""
    for start in range(0, len(codes.numbers), _STRIDE):
        yield slice(start, min(start + _STRIDE, len(codes.numbers)))


def _products(numbers: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Sums of the products of bytes without a sign (1, 128) and (n, 128): float32 (n,)."""
    return np.asarray(simsimd.cdist(numbers, codes, metric="dot", out_dtype="f32"))[0]


def _largest(values: np.ndarray) -> np.ndarray:
    """The maximum of each column: float64 (columns,)."""
    padded = np.zeros(HEIGHT * -(-len(values) // HEIGHT))
    padded[: len(values)] = values
    return padded.reshape(HEIGHT, -1).max(axis=0)
