"""Proof that a converted model computes what the published one does.

Each file in `proofs/` holds what an independent implementation made of the published weights (`proofs/make.py`). Every
build runs the converted model on the same input and compares.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from .errors import BuildError

PARTS = 128
"""Numbers kept of each output: the means of so many equal parts of it."""
LEAST = 0.01
"""What a smaller number counts as when a difference is taken as a share of it: onnxruntime's Sigmoid is right to 1e-7,
whatever comes out."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Expected outputs of one model on `picture(shape)`."""

    shape: tuple[int, int, int, int]
    tolerance: float
    """Allowed difference of the norm as a share of it, and of the means as a share of the largest of them."""
    outputs: Mapping[str, Mapping[str, object]]
    """Per output: `shape`, `norm` (Euclidean), `means` of the parts of the flattened output."""


def picture(shape: tuple[int, int, int, int]) -> np.ndarray:
    """A batch of synthetic pictures, (N, 3, H, W) float32 of whole numbers from 0 to 255.

    Slopes, rings and blocks in different colours, from whole numbers alone, so that every machine makes the same.
    """
    n, c, y, x = np.ogrid[tuple(slice(size) for size in shape)]
    rings = ((x - shape[3] // 2) ** 2 + (y - shape[2] // 2) ** 2) // (23 + 7 * n)
    slopes = x * (2 + c) + y * (5 - c) + 31 * n
    blocks = 67 * ((x // 12 + y // 9 + c) % 3)
    return ((rings + slopes + blocks) % 256).astype(np.float32)


def summary(output: np.ndarray) -> dict[str, object]:
    """What is kept of an output."""
    numbers = output.ravel().astype(np.float64)
    means = [float(f"{part.mean():.7g}") for part in np.array_split(numbers, min(PARTS, numbers.size))]
    return {"shape": list(output.shape), "norm": float(f"{np.linalg.norm(numbers):.7g}"), "means": means}


def read_expectation(path: Path) -> Expectation:
    content = json.loads(path.read_text())
    return Expectation(tuple(content["input"]), content["tolerance"], content["outputs"])


def prove(name: str, model: bytes, expectation: Expectation) -> None:
    """Runs `model` (ONNX) on the fixed input. BuildError when one of its outputs is not as expected."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    if unproved := set(names) - set(expectation.outputs):
        raise BuildError(f"{name}: nothing says what to expect of {', '.join(sorted(unproved))}.")
    results = session.run(names, {session.get_inputs()[0].name: picture(expectation.shape)})
    for output, result in zip(names, results, strict=True):
        expected, actual = expectation.outputs[output], summary(result)
        if actual["shape"] != expected["shape"]:
            raise BuildError(f"{name}: output {output} has the shape {actual['shape']}, not {expected['shape']}.")
        means = np.abs(np.subtract(actual["means"], expected["means"])).max()
        norm = abs(actual["norm"] - expected["norm"])
        worst = max(means / max(np.abs(expected["means"]).max(), LEAST), norm / max(expected["norm"], LEAST))
        if not worst <= expectation.tolerance:
            raise BuildError(
                f"{name}: output {output} differs from the published model's by {worst:.2g};"
                f" {expectation.tolerance:g} is allowed."
            )
