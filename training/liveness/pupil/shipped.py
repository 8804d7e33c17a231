"""Reads the pupil that ships back from its file, to be weighed anew with another first network."""

from collections.abc import Mapping

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from ...data import TRAINED
from .export import INPUTS, export
from .network import Branch, Pupil, Unit
from .weights import Weights

FILE = TRAINED / "recapture_pupil.onnx"
Constants = Mapping[str, np.ndarray]


def read() -> Pupil:
    """The pupil, but for its label's head, which is not in the file; ValueError if it would not export to these bytes.

    The file has every batch norm folded into what comes before it, so the norms read back only add.
    """
    content = FILE.read_bytes()
    stored = onnx.load_model_from_string(content).graph.initializer
    constants = {item.name: numpy_helper.to_array(item) for item in stored}
    pupil = Pupil().eval()
    for number, name in enumerate(INPUTS):
        _branch(pupil.branches[number], constants, name)
        _norm(pupil.norms[number], constants[f"{name} norm"], constants[f"{name} offset"])
        _linear(pupil.answers[number], constants, f"{name} answer")
    if export(pupil, _weights(constants)) != content:
        raise ValueError(f"{FILE.name} is not of this network")
    return pupil


def _weights(constants: Constants) -> Weights:
    return Weights(
        first=float(constants["share of the first"]),
        pupil=-len(INPUTS) * float(constants["share of the pupil"]),
        offset=float(constants["offset"]),
    )


def _branch(branch: Branch, constants: Constants, name: str) -> None:
    for part in ("first", "second", "last", "place"):
        _convolution(getattr(branch, part), constants, f"{name} {part}")
    for number, unit in enumerate(branch.units, start=1):
        _unit(unit, constants, f"{name} unit {number}")
    _linear(branch.embed, constants, f"{name} embed")


def _unit(unit: Unit, constants: Constants, name: str) -> None:
    for part in ("widen", "depthwise", "narrow"):
        _convolution(getattr(unit, part), constants, f"{name} {part}")


def _convolution(layer: nn.Sequential, constants: Constants, name: str) -> None:
    convolution, norm = layer
    convolution.weight.data = torch.from_numpy(constants[f"{name} kernel stored"].astype(np.float32))
    bias = constants[f"{name} bias"]
    _norm(norm, np.ones_like(bias), bias)


def _norm(norm: nn.BatchNorm1d | nn.BatchNorm2d, factor: np.ndarray, offset: np.ndarray) -> None:
    """A norm that multiplies by the factor and adds the offset."""
    norm.eps = 0.0
    norm.weight.data, norm.bias.data = torch.from_numpy(factor.copy()), torch.from_numpy(offset.copy())


def _linear(layer: nn.Linear, constants: Constants, name: str) -> None:
    layer.weight.data = torch.from_numpy(constants[f"{name} weight stored"].astype(np.float32).T.copy())
    layer.bias.data = torch.from_numpy(constants[f"{name} bias"].copy())
