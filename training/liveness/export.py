"""Writes the trained and calibrated network as ONNX, with weights in half precision."""

import numpy as np

from modelkit.convert.graph import Graph
from visage.faces.appearance.recapture import VIEWS

from ..onnx_layers import block, half, start
from .network import TEXTURE, Network

INPUTS = ("near", "wide")


def export(network: Network, scale: float, offset: float) -> bytes:
    """Inputs `near` and `wide`, one per view; output `rate` (N, 1), the sigmoid of scale * logit + offset."""
    graph = Graph()
    seen = [part for name in INPUTS for part in _look(graph, network, name)]
    x = graph.node("Concat", seen, "seen", axis=1)
    weight = (network.weigh.weight / network.spread).detach().numpy()
    bias = (network.weigh.bias - (network.weigh.weight / network.spread) @ network.usual).detach().numpy()
    x = graph.node("MatMul", [x, half(graph, "weigh", weight.T)], "weighed")
    x = graph.node("Relu", [graph.node("Add", [x, graph.constant("weigh bias", bias)], "weighed sum")], "hidden")
    weight, bias = (value.detach().numpy() for value in (network.decide.weight, network.decide.bias))
    x = graph.node("MatMul", [x, graph.constant("decide", np.float32(weight.T * scale))], "decided")
    bias = np.float32(bias * scale + offset)
    graph.node("Sigmoid", [graph.node("Add", [x, graph.constant("decide bias", bias)], "odds")], "rate")
    shapes = {name: ("N", 3, view.side, view.side) for name, view in zip(INPUTS, VIEWS, strict=True)}
    return graph.serialize("recapture", shapes, {"rate": ("N", 1)})


def _look(graph: Graph, network: Network, view: str) -> list[str]:
    """Mean and spread of the texture maps, mean of the last maps."""
    name = f"{view} "
    x = start(graph, network, view, name)
    for number, layer in enumerate(network.blocks[:TEXTURE], start=1):
        x = block(graph, layer, x, number, name)
    middle = graph.node("ReduceMean", [x], f"{name}middle", axes=[2, 3], keepdims=1)
    away = graph.node("Sub", [x, middle], f"{name}away")
    square = graph.node("Mul", [away, away], f"{name}square")
    spread = graph.node("ReduceMean", [square], f"{name}variance", axes=[2, 3])
    spread = graph.node("Add", [spread, graph.constant("least variance", np.float32(1e-4))], f"{name}variance, not 0")
    parts = [middle, graph.node("Sqrt", [spread], f"{name}spread")]
    for number, layer in enumerate(network.blocks[TEXTURE:], start=TEXTURE + 1):
        x = block(graph, layer, x, number, name)
    parts.append(graph.node("ReduceMean", [x], f"{name}contents", axes=[2, 3], keepdims=1))
    return [graph.node("Flatten", [part], f"{part} in a row") for part in parts]
