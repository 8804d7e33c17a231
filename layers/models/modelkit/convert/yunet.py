"""YuNet: the published ONNX graph with free sizes, its 8-bit weights multiplied out and its three grids joined."""

from collections.abc import Mapping

import numpy as np
import onnx

from .blocks import attributes, weights
from .graph import Graph

STRIDES = (8, 16, 32)


def convert(source: bytes, outputs: dict[str, str]) -> bytes:
    """Rewrites the published graph.

    `outputs` maps our names to the graph's, which end in the grid's stride; ours hold the cells of the three grids one
    after the other. The published graph fixes its input to 1x3x640x640, blue, green, red, and every output's batch to
    1; its weights lie in 8-bit blocks, which saves 150 KB and costs the time to multiply them out. ValueError when it
    lacks a weight or a node.
    """
    published = onnx.load_model_from_string(source).graph
    constants, graph = weights(published), Graph()
    (picture,) = (value.name for value in published.input)
    computed = {picture: "image"}
    for node in published.node:
        (result,) = node.output
        if result in constants:
            continue
        inputs = [
            computed[name] if name in computed else graph.constant(name, _constant(node, name, constants, picture))
            for name in node.input
        ]
        computed[result] = graph.node(node.op_type, inputs, result, **attributes(node))

    channels = {value.name: value.type.tensor_type.shape.dim[2].dim_value for value in published.output}
    shapes = {}
    for name, prefix in outputs.items():
        grids = [f"{prefix}_{stride}" for stride in STRIDES]
        if lost := [grid for grid in grids if grid not in computed]:
            raise ValueError(f"the graph does not make {', '.join(lost)}")
        graph.node("Concat", grids, name, axis=1)
        shapes[name] = ("N", "cells", channels[grids[0]])
    return graph.serialize("yunet", {"image": ("N", 3, "H", "W")}, shapes)


def _constant(node: onnx.NodeProto, name: str, constants: Mapping[str, np.ndarray], picture: str) -> np.ndarray:
    """What a node is given beside what was computed before it: of a Reshape the batch that comes in, not 1; of the
    first convolution the kernels for red, green, blue."""
    if name not in constants:
        raise ValueError(f"the graph holds nothing called {name}")
    value = constants[name]
    if node.op_type == "Reshape":
        return np.array([0, *value[1:]], value.dtype)
    if node.input[0] == picture and value.ndim == 4:
        return value[:, ::-1]
    return value
