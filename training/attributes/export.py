"""Writes the taught and calibrated network as ONNX, its weights in half precision."""

import numpy as np
import torch
from onnx import TensorProto
from torch import Tensor, nn

from modelkit.convert.graph import Graph
from visage.faces.attributes import QUESTIONS, SIDE

from .network import Network


def export(network: Network, scales: np.ndarray, offsets: np.ndarray, degree: tuple[float, float]) -> bytes:
    """Outputs `answers` (N, QUESTIONS), sigmoids of scale * logit + offset, and `degree` (N, 1) of the smile."""
    graph = Graph()
    weight, bias = (value.detach().numpy() for value in (network.decide.weight, network.decide.bias))
    scales, offsets = np.append(scales, degree[0]), np.append(offsets, degree[1])
    rows = [*range(len(QUESTIONS)), QUESTIONS.index("smile")]
    weight, bias = weight[rows] * scales[:, None], bias[rows] * scales + offsets
    x = graph.node("Gather", ["image", graph.constant("blue green red", np.array([2, 1, 0]))], "bgr", axis=1)
    x = graph.node("Sub", [x, graph.constant("mean", network.mean.numpy())], "centred")
    x = _convolve(graph, network.first, x, "first")
    for number, block in enumerate(network.blocks, start=1):
        x = _convolve(graph, block.depthwise, x, f"depthwise {number}")
        x = _convolve(graph, block.pointwise, x, f"pointwise {number}")
    views = network.places.detach().softmax(dim=1).T.contiguous()
    x = graph.node("Reshape", [x, graph.constant("places in a row", np.array([0, 0, -1]))], "maps")
    x = graph.node("MatMul", [x, _half(graph, "views", views)], "seen")
    # ONNX has each channel's views side by side, the network each view's channels.
    wanted = weight.reshape(len(rows), views.shape[1], -1).transpose(2, 1, 0).reshape(-1, len(rows))
    x = graph.node("MatMul", [graph.node("Flatten", [x], "seen in a row"), _half(graph, "decide", wanted)], "weighed")
    x = graph.node("Sigmoid", [graph.node("Add", [x, graph.constant("bias", bias.astype(np.float32))], "odds")], "said")
    for name, columns in (("answers", range(len(QUESTIONS))), ("degree", [len(QUESTIONS)])):
        graph.node("Gather", [x, graph.constant(f"{name} columns", np.array(columns))], name, axis=1)
    return graph.serialize(
        "attributes", {"image": ("N", 3, SIDE, SIDE)}, {"answers": ("N", len(QUESTIONS)), "degree": ("N", 1)}
    )


def _convolve(graph: Graph, layer: nn.Conv2d, x: str, name: str) -> str:
    bias = graph.constant(f"{name} bias", layer.bias.detach().numpy())
    inputs = [x, _half(graph, f"{name} kernel", layer.weight), bias]
    size, stride = layer.kernel_size[0], layer.stride[0]
    pads = [0, 0, 1, 1] if stride == 2 else [size // 2] * 4
    attributes = {"kernel_shape": [size, size], "strides": [stride, stride], "pads": pads, "group": layer.groups}
    low, high = (graph.constant(f"limit {limit:g}", np.float32(limit)) for limit in (0, 6))
    return graph.node("Clip", [graph.node("Conv", inputs, f"{name} sum", **attributes), low, high], name)


def _half(graph: Graph, name: str, values: Tensor | np.ndarray) -> str:
    """A constant stored in half precision; onnxruntime widens it once, when it opens the network."""
    array = values.detach().numpy() if isinstance(values, torch.Tensor) else values
    return graph.node("Cast", [graph.constant(f"{name} stored", array.astype(np.float16))], name, to=TensorProto.FLOAT)
