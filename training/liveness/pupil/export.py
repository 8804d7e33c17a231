"""Writes the pupil, weighed with the first network's rate, as ONNX with weights in half precision."""

import numpy as np
import torch
from torch import nn

from modelkit.convert.graph import Graph
from visage.faces.appearance.recapture import READ_OFF_SIDE

from ...onnx_layers import half
from .network import EMBEDDING, Branch, Pupil, Unit
from .weights import Weights

INPUTS = ("face", "scene")
LEAST = 1e-6
"""Distance from 0 and 1 that the first network's rate keeps."""


def export(pupil: Pupil, weights: Weights) -> bytes:
    """Inputs `face` and `scene`, one per crop, and `first` (N, 1), the first network's rate; output `rate` (N, 1)."""
    graph = Graph()
    parts = [_liveness(graph, pupil, number, name) for number, name in enumerate(INPUTS)]
    # The mean of both, and the sign turned: more means an attack.
    x = graph.node("Add", parts, "lives")
    x = graph.node("Mul", [x, graph.constant("share of the pupil", np.float32(-weights.pupil / len(parts)))], "pupil")
    x = graph.node("Add", [x, _logit(graph, "first", weights.first)], "sum")
    x = graph.node("Add", [x, graph.constant("offset", np.float32(weights.offset))], "odds")
    graph.node("Sigmoid", [x], "rate")
    crop = ("N", 3, READ_OFF_SIDE, READ_OFF_SIDE)
    shapes = {**dict.fromkeys(INPUTS, crop), "first": ("N", 1)}
    return graph.serialize("recapture_pupil", shapes, {"rate": ("N", 1)})


def _logit(graph: Graph, rate: str, share: float) -> str:
    """The logit of a rate (N, 1), times `share`."""
    ends = [graph.constant(f"limit {end:g}", np.float32(end)) for end in (LEAST, 1 - LEAST)]
    x = graph.node("Clip", [rate, *ends], "inside")
    other = graph.node("Sub", [graph.constant("one", np.float32(1)), x], "other")
    x = graph.node("Log", [graph.node("Div", [x, other], "ratio")], "logit")
    return graph.node("Mul", [x, graph.constant("share of the first", np.float32(share))], "first weighed")


def _liveness(graph: Graph, pupil: Pupil, number: int, name: str) -> str:
    """How surely the branch takes its crop for live, (N, 1)."""
    x = _branch(graph, pupil.branches[number], name)
    norm, answer = pupil.norms[number], pupil.answers[number]
    factor, offset = _folded(norm)
    x = graph.node("Mul", [x, graph.constant(f"{name} norm", factor)], f"{name} spread")
    x = graph.node("Add", [x, graph.constant(f"{name} offset", offset)], f"{name} normal")
    x = graph.node("Relu", [x], f"{name} seen")
    x = _linear(graph, answer, x, f"{name} answer")
    live, attacks = (graph.constant(label, np.array(rows)) for label, rows in (("live", [1]), ("attacks", [0, 2])))
    live = graph.node("Gather", [x, live], f"{name} live", axis=1)
    attacks = graph.node("Gather", [x, attacks], f"{name} attacks", axis=1)
    attack = graph.node("ReduceLogSumExp", [attacks], f"{name} attack", axes=[1], keepdims=1)
    return graph.node("Sub", [live, attack], f"{name} liveness")


def _branch(graph: Graph, branch: Branch, name: str) -> str:
    """The last features (N, EMBEDDING)."""
    x = graph.node("Sub", [name, graph.constant("grey", np.float32(127.5))], f"{name} centred")
    x = graph.node("Mul", [x, graph.constant("scale", np.float32(1 / 64))], f"{name} scaled")
    x = _convolve(graph, branch.first, x, f"{name} first", relu=True)
    x = _convolve(graph, branch.second, x, f"{name} second", relu=True)
    for number, unit in enumerate(branch.units, start=1):
        x = _unit(graph, unit, x, f"{name} unit {number}")
    x = _convolve(graph, branch.last, x, f"{name} last", relu=True)
    x = _convolve(graph, branch.place, x, f"{name} place", relu=False)
    x = graph.node("Reshape", [x, graph.constant("in a row", np.array([0, -1]))], f"{name} in a row")
    x = _linear(graph, branch.embed, x, f"{name} embed")
    assert branch.embed.out_features == EMBEDDING
    return x


def _unit(graph: Graph, unit: Unit, x: str, name: str) -> str:
    y = _convolve(graph, unit.widen, x, f"{name} widen", relu=True)
    y = _convolve(graph, unit.depthwise, y, f"{name} depthwise", relu=True)
    y = _convolve(graph, unit.narrow, y, f"{name} narrow", relu=False)
    return graph.node("Add", [x, y], name) if unit.residual else y


def _convolve(graph: Graph, layer: nn.Sequential, x: str, name: str, relu: bool) -> str:
    """A convolution with its batch norm folded in."""
    convolution, norm = layer
    factor, offset = _folded(norm)
    kernel = convolution.weight.detach().numpy() * factor[:, None, None, None]
    inputs = [x, half(graph, f"{name} kernel", kernel), graph.constant(f"{name} bias", offset)]
    size, stride, pad = convolution.kernel_size[0], convolution.stride[0], convolution.padding[0]
    attributes = {"kernel_shape": [size] * 2, "strides": [stride] * 2, "pads": [pad] * 4, "group": convolution.groups}
    x = graph.node("Conv", inputs, f"{name} sum", **attributes)
    return graph.node("Relu", [x], f"{name} out") if relu else x


def _linear(graph: Graph, layer: nn.Linear, x: str, name: str) -> str:
    x = graph.node("MatMul", [x, half(graph, f"{name} weight", layer.weight.T)], f"{name} product")
    return graph.node("Add", [x, graph.constant(f"{name} bias", layer.bias.detach().numpy())], name)


@torch.no_grad()
def _folded(norm: nn.BatchNorm1d | nn.BatchNorm2d) -> tuple[np.ndarray, np.ndarray]:
    """Factor and offset of a batch norm, float32 (channels,)."""
    factor = norm.weight / (norm.running_var + norm.eps).sqrt()
    return factor.numpy(), (norm.bias - norm.running_mean * factor).numpy()
