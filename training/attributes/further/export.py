"""Writes what the second teaching made into the first network's file."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, compose, helper, numpy_helper

from modelkit.convert.graph import Graph
from visage.faces.appearance.attributes import QUESTIONS

from .last import Last
from .upper_layers import ANSWERED, CHANNELS, OWN, SHARED, UpperLayers

_UPPER = "upper "
"""What the names of the upper layers begin with."""


def export(path: Path, last: Last | None, upper: UpperLayers | None = None) -> bytes:
    """The file with outputs `answers` and `degree` of the new layers, and `former` (N, 10) of the first last layer.

    Both layers' log odds come calibrated; the file keeps its own where there are no new ones. The first layer stays in
    the file: its answers verify the detectors' doubtful hits (visage/faces/detection/verify.py).
    """
    model = onnx.load(path)
    if last is not None:
        _put_last(model.graph, last)
    if upper is not None:
        _put_upper(model.graph, _upper(upper), 2 * len(QUESTIONS) + 2)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _put_last(graph: onnx.GraphProto, last: Last) -> None:
    constants = {item.name: item for item in graph.initializer}
    count, smile = len(QUESTIONS), QUESTIONS.index("smile")
    former, bias = (numpy_helper.to_array(constants[name])[..., -count - 1 :] for name in ("decide stored", "bias"))
    slope = float(former[:, count].astype(np.float64) @ former[:, smile]) / float(
        former[:, smile].astype(np.float64) @ former[:, smile]
    )
    weights = np.hstack([last.weights, slope * last.weights[:, [smile]], former])
    offsets = np.hstack([last.offsets, slope * last.offsets[[smile]], bias])
    _replace(constants["decide stored"], weights.astype(np.float16))
    _replace(constants["bias"], offsets.astype(np.float32))
    if "former columns" not in constants:
        _add_former(graph, count)


def _upper(layers: UpperLayers) -> onnx.GraphProto:
    """From the maps of the shared blocks to probabilities (N, ANSWERED), all names beginning with `_UPPER`."""
    graph, x = Graph(), "maps below"
    for number in OWN:
        x = _convolved(graph, layers, x, f"depthwise {number}", pad=1, group=CHANNELS)
        x = _convolved(graph, layers, x, f"pointwise {number}", pad=0, group=1)
    x = graph.node("Reshape", [x, graph.constant("places in a row", np.array([0, 0, -1]))], "maps")
    x = graph.node("MatMul", [x, _half(graph, "views", layers.views)], "seen")
    x = graph.node("Flatten", [x], "seen in a row")
    x = graph.node("MatMul", [x, _half(graph, "decide", layers.decide.weights)], "weighed")
    x = graph.node("Add", [x, graph.constant("bias", layers.decide.offsets.astype(np.float32))], "odds")
    graph.node("Sigmoid", [x], "said")
    content = graph.serialize("upper", {"maps below": ("N", CHANNELS, 9, 9)}, {"said": ("N", len(ANSWERED))})
    return compose.add_prefix(onnx.load_model_from_string(content), _UPPER).graph


def _convolved(graph: Graph, layers: UpperLayers, x: str, name: str, *, pad: int, group: int) -> str:
    bias = graph.constant(f"{name} bias", layers.biases[name].astype(np.float32))
    size = 2 * pad + 1
    attributes = {"kernel_shape": [size, size], "pads": [pad] * 4, "group": group}
    x = graph.node("Conv", [x, _half(graph, name, layers.kernels[name]), bias], f"{name} sum", **attributes)
    low, high = (graph.constant(f"limit {limit:g}", np.float32(limit)) for limit in (0, 6))
    return graph.node("Clip", [x, low, high], name)


def _half(graph: Graph, name: str, values: np.ndarray) -> str:
    """A constant stored in half precision; onnxruntime widens it once, when it opens the network."""
    stored = graph.constant(f"{name} stored", values.astype(np.float16))
    return graph.node("Cast", [stored], f"{name} widened", to=TensorProto.FLOAT)


def _put_upper(graph: onnx.GraphProto, upper: onnx.GraphProto, first: int) -> None:
    """Have `answers` take the upper layers' questions from them; their columns are from `first` on."""
    nodes = [node for node in graph.node if not node.name.startswith(_UPPER) and node.output[0] != "all said"]
    kept = [item for item in graph.initializer if not item.name.startswith(_UPPER)]
    for node in upper.node:
        node.name = f"{_UPPER}{node.output[0]}"
        node.input[:] = [f"pointwise {SHARED}" if name == f"{_UPPER}maps below" else name for name in node.input]
    joined = helper.make_node("Concat", ["said", f"{_UPPER}said"], ["all said"], axis=1)
    at = next(index for index, node in enumerate(nodes) if node.output[0] == "answers")
    nodes[at].input[0] = "all said"
    nodes[at:at] = [*upper.node, joined]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *upper.initializer])
    columns = np.arange(len(QUESTIONS))
    columns[[QUESTIONS.index(question) for question in ANSWERED]] = first + np.arange(len(ANSWERED))
    _replace(next(item for item in graph.initializer if item.name == "answers columns"), columns)


def _add_former(graph: onnx.GraphProto, count: int) -> None:
    columns = numpy_helper.from_array(np.arange(count + 1, 2 * count + 2), "former columns")
    graph.initializer.append(columns)
    graph.node.append(helper.make_node("Gather", ["said", columns.name], ["former"], axis=1))
    graph.output.append(helper.make_tensor_value_info("former", TensorProto.FLOAT, ["N", count + 1]))


def _replace(constant: TensorProto, values: np.ndarray) -> None:
    constant.CopyFrom(numpy_helper.from_array(values, constant.name))
