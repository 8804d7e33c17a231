"""Writes a trained trunk as ONNX, with weights in half precision."""

import numpy as np
import torch
from onnx import TensorProto
from torch import Tensor, nn

from modelkit.convert.graph import Graph

from .trunk import Block, Trunk


def start(graph: Graph, trunk: Trunk, image: str, name: str = "") -> str:
    """The first layer's maps of a picture, RGB. Several pictures share all constants; `name` distinguishes them."""
    x = graph.node("Gather", [image, graph.constant("blue green red", np.array([2, 1, 0]))], f"{name}bgr", axis=1)
    x = graph.node("Sub", [x, graph.constant("mean", trunk.mean.numpy())], f"{name}centred")
    return _convolve(graph, trunk.first, x, "first", name)


def block(graph: Graph, layer: Block, x: str, number: int, name: str = "") -> str:
    """The maps of the trunk's block `number`, counted from one."""
    x = _convolve(graph, layer.depthwise, x, f"depthwise {number}", name)
    return _convolve(graph, layer.pointwise, x, f"pointwise {number}", name)


def _convolve(graph: Graph, layer: nn.Conv2d, x: str, layer_name: str, name: str) -> str:
    bias = graph.constant(f"{layer_name} bias", layer.bias.detach().numpy())
    inputs = [x, half(graph, f"{layer_name} kernel", layer.weight, name), bias]
    size, stride = layer.kernel_size[0], layer.stride[0]
    pads = [0, 0, 1, 1] if stride == 2 else [size // 2] * 4
    attributes = {"kernel_shape": [size, size], "strides": [stride, stride], "pads": pads, "group": layer.groups}
    low, high = (graph.constant(f"limit {limit:g}", np.float32(limit)) for limit in (0, 6))
    x = graph.node("Conv", inputs, f"{name}{layer_name} sum", **attributes)
    return graph.node("Clip", [x, low, high], f"{name}{layer_name}")


def half(graph: Graph, name: str, values: Tensor | np.ndarray, user: str = "") -> str:
    """A constant stored in half precision; onnxruntime widens it once, when it opens the network."""
    array = values.detach().numpy() if isinstance(values, torch.Tensor) else values
    stored = graph.constant(f"{name} stored", array.astype(np.float16))
    return graph.node("Cast", [stored], f"{user}{name}", to=TensorProto.FLOAT)
