"""TensorFlow.js graph models (model.json and one file of weights) to ONNX.

TensorFlow's pictures are (N, H, W, C), ONNX's (N, C, H, W): convolutions carry the difference in their kernels, so the
converted graph has no transposition but where a picture is at last laid out as a list. A scale or bias after a
convolution is folded into it, and chains of Relu, Minimum and Maximum become one Clip, which is what onnxruntime needs
to fuse them with the convolution.
"""

import base64
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from .graph import Graph
from .values import Clamp, Convolution, Value
from .weights import Weight, read_weights

IMAGE = "image"


def convert(
    model: bytes,
    data: bytes,
    *,
    outputs: Mapping[str, str],
    mean: Sequence[float] = (0, 0, 0),
    divisor: float = 1,
    order: str = "RGB",
    lengths: Mapping[str, int] | None = None,
) -> bytes:
    """Converts a graph model with one picture as input; only what the outputs need is kept.

    `outputs` maps our names to outputs in the source's signature; where the source has none, to nodes that end in a
    list of the length that `lengths` gives. The converted model takes `image`, (N, 3, H, W)
    float32, RGB, 0 to 255; `mean` (red, green, blue) is subtracted from it, the difference divided by `divisor`, and
    `order`, "RGB" or "BGR", is the order of colours that the network learnt. ValueError names what this converter does
    not know.
    """
    source = json.loads(model)
    nodes = {node["name"]: node for node in source["modelTopology"]["node"]}
    if "signature" in source:
        (image,) = source["signature"]["inputs"].values()
        shape = image["tensorShape"]
        described = source["signature"]["outputs"].values()
        known = {value["name"].removesuffix(":0"): _sizes(value["tensorShape"])[1:] for value in described}
    else:
        (image,) = (node for node in nodes.values() if node["op"] == "Placeholder")
        shape = image["attr"]["shape"]["shape"]
        known = {outputs[name]: [length] for name, length in (lengths or {}).items() if outputs[name] in nodes}
    if unknown := set(outputs.values()) - set(known):
        raise ValueError(f"not among the model's outputs: {', '.join(sorted(unknown))}")
    conversion = _Conversion(nodes, read_weights(source["weightsManifest"], data), mean, divisor, order)
    for name, wanted in outputs.items():
        conversion.graph.node("Flatten" if lengths else "Identity", [conversion.written(wanted)], name)
    _, height, width, channels = _sizes(shape)
    return conversion.graph.serialize(
        "tfjs",
        {"image": ("N", channels, height, width)},
        {name: ("N", *known[wanted]) for name, wanted in outputs.items()},
    )


def _sizes(shape: dict) -> list[int]:
    return [int(axis["size"]) for axis in shape["dim"]]


class _Conversion:
    """Walks from the wanted outputs back to the input and converts each node once."""

    def __init__(
        self,
        nodes: Mapping[str, dict],
        weights: Mapping[str, Weight],
        mean: Sequence[float],
        divisor: float,
        order: str,
    ) -> None:
        self.graph = Graph()
        self.weights = weights
        self.mean = np.array(mean, np.float32)
        self.divisor = np.float32(divisor)
        self.order = order
        self._nodes = nodes
        self._values: dict[str, Value] = {}
        self._written: dict[str, str] = {}

    def value(self, name: str) -> Value:
        """What the source's node `name` has become."""
        if name not in self._values:
            node = self._nodes[name]
            if node["op"] not in _OPERATIONS:
                raise ValueError(f"the converter does not know the operation {node['op']} of node {name}")
            self._values[name] = _OPERATIONS[node["op"]](self, node)
        return self._values[name]

    def written(self, name: str) -> str:
        """The name of the ONNX value that holds the result of the source's node `name`."""
        if name not in self._written:
            self._written[name] = self.write(name, self.value(name))
        return self._written[name]

    def constant(self, name: str) -> Weight:
        """The content of a node that has to be a constant."""
        value = self.value(name)
        if not isinstance(value, Weight):
            raise ValueError(f"the converter expects node {name} to be a constant")
        return value

    def write(self, name: str, value: Value) -> str:
        """Writes `value`, if that is still to be done, as the ONNX value `name`, and returns the name to be used."""
        match value:
            case Weight():
                return self.graph.constant(name, value.values)
            case Convolution(x, kernel, attributes, scale, bias):
                inputs = [x, self.graph.kernel(f"{name}.kernel", kernel, (3, 2, 0, 1), scale)]
                if bias is not None:
                    inputs.append(self.graph.constant(f"{name}.bias", bias.astype(np.float32)))
                return self.graph.node("Conv", inputs, name, **attributes)
            case Clamp(x, 0, math.inf):
                return self.graph.node("Relu", [x], name)
            case Clamp(x, low, high):
                limits = [self.graph.constant(f"limit {limit:g}", np.float32(limit)) for limit in (low, high)]
                return self.graph.node("Clip", [x, *limits], name)
        return value


def _attribute(node: dict, name: str) -> object:
    """The plain value of an attribute; texts are base64 in the source, whole numbers are texts."""

    def text(value: str) -> str:
        return base64.b64decode(value).decode()

    match node["attr"][name]:
        case {"list": {"i": values}}:
            return [int(value) for value in values]
        case {"list": {"s": values}}:
            return [text(value) for value in values]
        case {"s": value}:
            return text(value)
        case {"b": value}:
            return value
    raise ValueError(f"the converter cannot read attribute {name} of node {node['name']}")


def _placeholder(conversion: _Conversion, node: dict) -> str:
    graph, x = conversion.graph, "image"
    mean = conversion.mean
    if conversion.order == "BGR":
        x = graph.node("Gather", [x, graph.constant("blue green red", np.array([2, 1, 0]))], "image.bgr", axis=1)
        mean = mean[::-1]
    if mean.any():
        x = graph.node("Sub", [x, graph.constant("mean", mean[:, None, None])], "image.centred")
    if conversion.divisor != 1:
        x = graph.node("Div", [x, graph.constant("divisor", conversion.divisor)], "image.scaled")
    return x


def _convolution(conversion: _Conversion, node: dict) -> Convolution:
    if _attribute(node, "data_format") != "NHWC" or _attribute(node, "padding") not in ("SAME", "VALID"):
        raise ValueError(f"the converter does not know the layout or padding of node {node['name']}")
    kernel = conversion.constant(node["input"][1])
    height, width, channels, _ = kernel.stored.shape
    attributes = {
        "auto_pad": "SAME_UPPER" if _attribute(node, "padding") == "SAME" else "VALID",
        "kernel_shape": [height, width],
        "strides": _attribute(node, "strides")[1:3],
        "dilations": _attribute(node, "dilations")[1:3],
    }
    if node["op"] == "DepthwiseConv2dNative":
        kernel = replace(kernel, stored=kernel.stored.reshape(height, width, 1, -1))
        attributes["group"] = channels
    return Convolution(conversion.written(node["input"][0]), kernel, attributes)


def _fused_convolution(conversion: _Conversion, node: dict) -> Value:
    """A convolution, then the operations that the source has fused with it: BiasAdd and perhaps Prelu."""
    fused = _attribute(node, "fused_ops")
    if fused not in (["BiasAdd"], ["BiasAdd", "Prelu"]):
        raise ValueError(f"the converter does not know what is fused into node {node['name']}: {', '.join(fused)}")
    _, _, bias, *slope = node["input"]
    value = _convolution(conversion, node).plus(conversion.constant(bias).values.astype(np.float64))
    if not slope:
        return value
    return _leaky(conversion, conversion.write(f"{node['name']}.sum", value), *slope, node["name"])


def _prelu(conversion: _Conversion, node: dict) -> str:
    source, slope = node["input"]
    return _leaky(conversion, conversion.written(source), slope, node["name"])


def _leaky(conversion: _Conversion, x: str, slope: str, name: str) -> str:
    """PRelu with one slope for each channel, as slope * x + (1 - slope) * max(x, 0).

    onnxruntime has no quick PRelu: written so, the whole network takes half its time.
    """
    slopes = conversion.constant(slope).values
    if slopes.shape != (1, 1, slopes.size):
        raise ValueError(f"the converter knows slopes of channels only (node {name})")
    graph, slopes = conversion.graph, slopes.reshape(-1, 1, 1)
    straight = graph.node("Mul", [x, graph.constant(f"{name}.slope", slopes)], f"{name}.straight")
    bend = graph.constant(f"{name}.bend", (1 - slopes).astype(np.float32))
    bent = graph.node("Mul", [graph.node("Relu", [x], f"{name}.positive"), bend], f"{name}.bent")
    return graph.node("Add", [straight, bent], name)


def _sum(conversion: _Conversion, node: dict) -> str:
    return conversion.graph.node("Add", [conversion.written(source) for source in node["input"]], node["name"])


def _pool(conversion: _Conversion, node: dict) -> str:
    if _attribute(node, "data_format") != "NHWC" or _attribute(node, "padding") != "VALID":
        raise ValueError(f"the converter does not know the layout or padding of node {node['name']}")
    sizes = {"kernel_shape": _attribute(node, "ksize")[1:3], "strides": _attribute(node, "strides")[1:3]}
    return conversion.graph.node("MaxPool", [conversion.written(node["input"][0])], node["name"], **sizes)


def _pad(conversion: _Conversion, node: dict) -> str:
    name, (source, widths) = node["name"], node["input"]
    before_and_after = conversion.constant(widths).values[[0, 3, 1, 2]].T.astype(np.int64)
    pads = conversion.graph.constant(f"{name}.pads", before_and_after.ravel())
    return conversion.graph.node("Pad", [conversion.written(source), pads], name)


def _reshape(conversion: _Conversion, node: dict) -> str:
    """A picture laid out as a list, in the order of TensorFlow."""
    name, graph, (source, shape) = node["name"], conversion.graph, node["input"]
    sizes = conversion.constant(shape).values.astype(np.int64)
    if sizes.size != 2:
        raise ValueError(f"the converter knows a reshape of pictures to lists only (node {name})")
    x = graph.node("Transpose", [conversion.written(source)], f"{name}.transposed", perm=[0, 2, 3, 1])
    return graph.node("Reshape", [x, graph.constant(f"{name}.shape", sizes)], name)


def _arithmetic(fold: Callable[[Convolution, np.ndarray], Convolution]) -> "Operation":
    def operation(conversion: _Conversion, node: dict) -> Convolution:
        left, right = node["input"]
        convolution, constant = conversion.value(left), conversion.constant(right).values
        if not isinstance(convolution, Convolution) or constant.ndim != 1:
            raise ValueError(f"the converter knows {node['op']} only after a convolution (node {node['name']})")
        return fold(convolution, constant.astype(np.float64))

    return operation


def _limit(tighten: Callable[[Clamp, float], Clamp]) -> "Operation":
    def operation(conversion: _Conversion, node: dict) -> Clamp:
        source, *limits = node["input"]
        value = conversion.value(source)
        clamp = value if isinstance(value, Clamp) else Clamp(conversion.written(source))
        return tighten(clamp, *(float(conversion.constant(limit).values) for limit in limits))

    return operation


def _mean(conversion: _Conversion, node: dict) -> str:
    source, axes = node["input"]
    if sorted(conversion.constant(axes).values.tolist()) != [1, 2] or _attribute(node, "keep_dims"):
        raise ValueError(f"the converter knows the mean over height and width only (node {node['name']})")
    pooled = conversion.graph.node("GlobalAveragePool", [conversion.written(source)], f"{node['name']}.pool")
    return conversion.graph.node("Flatten", [pooled], node["name"])


def _dense(conversion: _Conversion, node: dict) -> str:
    """MatMul, then the operations that the source has fused with it: BiasAdd and perhaps Relu."""
    name, graph = node["name"], conversion.graph
    source, kernel, bias = node["input"]
    fused = _attribute(node, "fused_ops")
    if fused not in (["BiasAdd"], ["BiasAdd", "Relu"]):
        raise ValueError(f"the converter does not know what is fused into node {name}: {', '.join(fused)}")
    inputs = [conversion.written(source), conversion.written(kernel), conversion.written(bias)]
    transposed = {"transA": int(_attribute(node, "transpose_a")), "transB": int(_attribute(node, "transpose_b"))}
    x = graph.node("Gemm", inputs, f"{name}.dense", **transposed)
    return graph.node("Relu", [x], name) if fused[-1] == "Relu" else x


def _activation(name: str, **attributes) -> "Operation":
    def operation(conversion: _Conversion, node: dict) -> str:
        return conversion.graph.node(name, [conversion.written(node["input"][0])], node["name"], **attributes)

    return operation


Operation = Callable[[_Conversion, dict], Value]

_OPERATIONS: Mapping[str, Operation] = {
    "Placeholder": _placeholder,
    "Const": lambda conversion, node: conversion.weights[node["name"]],
    "Conv2D": _convolution,
    "DepthwiseConv2dNative": _convolution,
    "_FusedConv2D": _fused_convolution,
    "Prelu": _prelu,
    "AddV2": _sum,
    "MaxPool": _pool,
    "Pad": _pad,
    "Reshape": _reshape,
    "Identity": lambda conversion, node: conversion.written(node["input"][0]),
    "Mul": _arithmetic(Convolution.times),
    "Add": _arithmetic(Convolution.plus),
    "Relu": _limit(lambda clamp: clamp.at_least(0.0)),
    "Minimum": _limit(Clamp.at_most),
    "Maximum": _limit(Clamp.at_least),
    "Mean": _mean,
    "_FusedMatMul": _dense,
    "Sigmoid": _activation("Sigmoid"),
    "Softmax": _activation("Softmax", axis=-1),
}
