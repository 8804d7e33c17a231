"""Writes the trained last layer into the first network's file."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from visage.faces.appearance.attributes import QUESTIONS

from .last import Last


def export(path: Path, last: Last) -> bytes:
    """The file with outputs `answers` and `degree` of the new layer, and `former` (N, 10) of the first one.

    The first layer stays in the file: its answers verify the detectors' doubtful hits
    (visage/faces/detection/verify.py).
    """
    model = onnx.load(path)
    constants = {item.name: item for item in model.graph.initializer}
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
        _add_former(model.graph, count)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def _add_former(graph: onnx.GraphProto, count: int) -> None:
    columns = numpy_helper.from_array(np.arange(count + 1, 2 * count + 2), "former columns")
    graph.initializer.append(columns)
    graph.node.append(helper.make_node("Gather", ["said", columns.name], ["former"], axis=1))
    graph.output.append(helper.make_tensor_value_info("former", TensorProto.FLOAT, ["N", count + 1]))


def _replace(constant: TensorProto, values: np.ndarray) -> None:
    constant.CopyFrom(numpy_helper.from_array(values, constant.name))
