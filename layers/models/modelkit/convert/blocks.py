"""Weights that an ONNX graph stores as 8-bit numbers in blocks, and turns into floats when it runs."""

import numpy as np
import onnx
from onnx import numpy_helper


def weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Every value of the graph that no input decides, by name: its constants, and what their DequantizeLinear and
    Reshape nodes make of them.

    Each block of `block_size` numbers along `axis` has its own scale and zero point: (stored - zero point) * scale, in
    single precision. Without `block_size` one pair holds for all. ValueError when a block's numbers do not fit.
    """
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for node in graph.node:
        if not all(name in values for name in node.input):
            continue
        inputs = [values[name] for name in node.input]
        if node.op_type == "DequantizeLinear":
            values[node.output[0]] = _multiply_out(*inputs, **attributes(node))
        elif node.op_type == "Reshape":
            values[node.output[0]] = inputs[0].reshape(inputs[1])
    return values


def attributes(node: onnx.NodeProto) -> dict[str, object]:
    """A node's attributes as Python values."""
    return {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}


def _multiply_out(
    stored: np.ndarray, scale: np.ndarray, zero: np.ndarray, axis: int = 1, block_size: int = 0
) -> np.ndarray:
    if block_size:
        scale, zero = (np.repeat(part, block_size, axis) for part in (scale, zero))
    return (stored.astype(np.float32) - zero.astype(np.float32)) * scale
