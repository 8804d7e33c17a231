"""CenterFace: the published ONNX graph with free sizes, named outputs and no leftovers of its training."""

import numpy as np
import onnx
from onnx import numpy_helper

from .graph import Graph


def convert(source: bytes, outputs: dict[str, str]) -> bytes:
    """Rewrites the published graph.

    `outputs` maps our names to the graph's numbers. The published graph fixes its input to 10x3x32x32, lists its
    weights among its inputs and keeps three batch normalisations, which are folded into the transposed convolutions
    before them: y = (conv(x) - mean) * weight / sqrt(variance + epsilon) + bias.
    """
    published = onnx.load_model_from_string(source).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in published.initializer}
    normalizations = {node.input[0]: node for node in published.node if node.op_type == "BatchNormalization"}
    names = {number: name for name, number in outputs.items()} | {published.input[0].name: "image"}
    graph = Graph()

    for node in published.node:
        if node.op_type == "BatchNormalization":
            continue
        inputs, (result,) = [names.get(node.input[0], node.input[0])], node.output
        if node.op_type in ("Conv", "ConvTranspose"):
            tensors = [weights[name] for name in node.input[1:]]
            if normalization := normalizations.get(result):
                statistics = (weights[name] for name in normalization.input[1:])
                tensors = _fold(*tensors, *statistics, _attributes(normalization)["epsilon"])
                (result,) = normalization.output
            kinds = ("weight", "bias")[: len(tensors)]
            inputs += [graph.constant(f"{result}.{kind}", tensor) for kind, tensor in zip(kinds, tensors, strict=True)]
        else:
            inputs += [names.get(name, name) for name in node.input[1:]]
        graph.node(node.op_type, inputs, names.get(result, result), **_attributes(node))

    channels = {value.name: value.type.tensor_type.shape.dim[1].dim_value for value in published.output}
    return graph.serialize(
        "centerface",
        {"image": ("N", 3, "H", "W")},
        {name: ("N", channels[number], "H/4", "W/4") for name, number in outputs.items()},
    )


def _attributes(node: onnx.NodeProto) -> dict[str, object]:
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def _fold(
    kernel: np.ndarray, weight: np.ndarray, bias: np.ndarray, mean: np.ndarray, variance: np.ndarray, epsilon: float
) -> list[np.ndarray]:
    """Kernel (in, out, height, width) and bias of a transposed convolution with the normalisation after it."""
    scale = weight.astype(np.float64) / np.sqrt(variance.astype(np.float64) + epsilon)
    return [(kernel * scale[None, :, None, None]).astype(np.float32), (bias - mean * scale).astype(np.float32)]
