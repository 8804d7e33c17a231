"""Writes the trained and calibrated network as ONNX, with weights in half precision."""

import numpy as np

from modelkit.convert.graph import Graph
from visage.faces.appearance.attributes import QUESTIONS, SIDE

from ..onnx_layers import block, half, start
from .network import Network


def export(network: Network, scales: np.ndarray, offsets: np.ndarray, degree: tuple[float, float]) -> bytes:
    """Outputs `answers` (N, QUESTIONS), sigmoids of scale * logit + offset, and `degree` (N, 1) of the smile."""
    graph = Graph()
    weight, bias = (value.detach().numpy() for value in (network.decide.weight, network.decide.bias))
    scales, offsets = np.append(scales, degree[0]), np.append(offsets, degree[1])
    rows = [*range(len(QUESTIONS)), QUESTIONS.index("smile")]
    weight, bias = weight[rows] * scales[:, None], bias[rows] * scales + offsets
    x = start(graph, network, "image")
    for number, layer in enumerate(network.blocks, start=1):
        x = block(graph, layer, x, number)
    views = network.places.detach().softmax(dim=1).T.contiguous()
    x = graph.node("Reshape", [x, graph.constant("places in a row", np.array([0, 0, -1]))], "maps")
    x = graph.node("MatMul", [x, half(graph, "views", views)], "seen")
    # ONNX interleaves the views of each channel, the network the channels of each view.
    wanted = weight.reshape(len(rows), views.shape[1], -1).transpose(2, 1, 0).reshape(-1, len(rows))
    x = graph.node("MatMul", [graph.node("Flatten", [x], "seen in a row"), half(graph, "decide", wanted)], "weighed")
    x = graph.node("Sigmoid", [graph.node("Add", [x, graph.constant("bias", bias.astype(np.float32))], "odds")], "said")
    for name, columns in (("answers", range(len(QUESTIONS))), ("degree", [len(QUESTIONS)])):
        graph.node("Gather", [x, graph.constant(f"{name} columns", np.array(columns))], name, axis=1)
    return graph.serialize(
        "attributes", {"image": ("N", 3, SIDE, SIDE)}, {"answers": ("N", len(QUESTIONS)), "degree": ("N", 1)}
    )
