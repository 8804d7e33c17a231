"""dlib's face recognition network, from the flat list of tensors that face-api carries.

The network is dlib's `anet_type` (dlib, examples/dnn_face_recognition_ex.cpp): a 29-layer ResNet whose batch
normalisations have become a scale and a bias per channel. dlib subtracts its mean colour and divides by 256.
"""

import json

import numpy as np

from .graph import Graph
from .weights import Weight, read_weights

MEAN_RGB = (122.782, 117.001, 104.298)
DIVISOR = 256
SIDE = 150
BLOCKS = (
    *("conv32_1", "conv32_2", "conv32_3"),
    *("conv64_down", "conv64_1", "conv64_2", "conv64_3"),
    *("conv128_down", "conv128_1", "conv128_2"),
    *("conv256_down", "conv256_1", "conv256_2", "conv256_down_out"),
)


def convert(manifest: bytes, data: bytes) -> bytes:
    """Builds the network from face-api's weights manifest and its bytes.

    Input `image`: (N, 3, 150, 150) float32, RGB, 0 to 255. Output `embedding`: (N, 128), not normalised.
    """
    weights = read_weights(json.loads(manifest), data)
    graph = Graph()
    mean = graph.constant("mean", np.array(MEAN_RGB, np.float32)[:, None, None])
    x = graph.node("Sub", ["image", mean], "image.centred")
    x = _convolution(graph, weights, "conv32_down", x, divisor=DIVISOR, strides=[2, 2])
    x = graph.node("MaxPool", [graph.node("Relu", [x], "conv32_down")], "pool", kernel_shape=[3, 3], strides=[2, 2])
    side, channels = _halved(_halved(SIDE, 7), 3), 32
    for block in BLOCKS:
        x, side, channels = _residual(graph, weights, block, x, side, channels)
    x = graph.node("Flatten", [graph.node("GlobalAveragePool", [x], "mean_pool")], "features")
    graph.node("MatMul", [x, graph.constant("fc", weights["fc"].values)], "embedding")
    return graph.serialize("dlib_resnet", {"image": ("N", 3, SIDE, SIDE)}, {"embedding": ("N", 128)})


def _residual(
    graph: Graph, weights: dict[str, Weight], block: str, x: str, side: int, channels: int
) -> tuple[str, int, int]:
    """One residual block on `x` (N, channels, side, side): the result, its side and its channels.

    Where the two branches of a block that halves the picture differ in size, dlib fills the smaller up with zeros.
    """
    down = "_down" in block
    first = {"strides": [2, 2]} if down else {"pads": [1, 1, 1, 1]}
    y = graph.node("Relu", [_convolution(graph, weights, f"{block}/conv1", x, **first)], f"{block}/conv1")
    y = _convolution(graph, weights, f"{block}/conv2", y, pads=[1, 1, 1, 1])
    if down:
        x = graph.node("AveragePool", [x], f"{block}/pool", kernel_shape=[2, 2], strides=[2, 2])
        wanted = weights[f"{block}/conv2/conv/bias"].stored.size
        pooled, convolved = _halved(side, 2), _halved(side, 3)
        x = _fill_up(graph, x, wanted - channels, 0, f"{block}/pool.filled")
        y = _fill_up(graph, y, 0, pooled - convolved, f"{block}/conv2.filled")
        side, channels = pooled, wanted
    return graph.node("Relu", [graph.node("Add", [y, x], f"{block}.sum")], block), side, channels


def _halved(side: int, window: int) -> int:
    """The side that a window without padding leaves when it moves by two."""
    return (side - window) // 2 + 1


def _convolution(graph: Graph, weights: dict[str, Weight], prefix: str, x: str, divisor: int = 1, **attributes) -> str:
    """The convolution under `prefix` with its scale and bias folded in; `divisor` divides its input."""
    kernel = weights[f"{prefix}/conv/filters"]
    scale = weights[f"{prefix}/scale/weights"].values.astype(np.float64)
    bias = weights[f"{prefix}/conv/bias"].values * scale + weights[f"{prefix}/scale/biases"].values
    name = f"{prefix}/conv"
    inputs = [
        x,
        graph.kernel(f"{name}.kernel", kernel, (3, 2, 0, 1), scale / divisor),
        graph.constant(f"{name}.bias", bias.astype(np.float32)),
    ]
    return graph.node("Conv", inputs, name, **attributes)


def _fill_up(graph: Graph, x: str, channels: int, side: int, name: str) -> str:
    """`x` with so many more channels, and rows and columns at its lower right, of zeros."""
    if not channels and not side:
        return x
    after = np.array([0, 0, 0, 0, 0, channels, side, side], np.int64)
    return graph.node("Pad", [x, graph.constant(f"{name}.pads", after)], name)
