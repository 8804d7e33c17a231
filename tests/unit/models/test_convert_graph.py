"""Conversion of graph models: nodes in JSON and weights in a file become ONNX."""

import json

import numpy as np
import onnx
import onnxruntime
import pytest

from modelkit.convert import tfjs
from modelkit.convert.weights import Weight, read_weights


def graph_model(nodes: list[dict], weights: dict[str, np.ndarray], output: str) -> tuple[bytes, bytes]:
    """A model in TensorFlow.js' format that takes a 2 x 2 picture of three colours."""

    def tensor(name: str, *sizes: int) -> dict:
        return {"name": name, "tensorShape": {"dim": [{"size": str(size)} for size in sizes]}}

    placeholder = {"name": "in", "op": "Placeholder"}
    constants = [{"name": name, "op": "Const"} for name in weights]
    entries = [{"name": name, "shape": list(data.shape), "dtype": "float32"} for name, data in weights.items()]
    model = {
        "signature": {"inputs": {"in": tensor("in", -1, 2, 2, 3)}, "outputs": {"out": tensor(output, -1, 2, 2, 3)}},
        "modelTopology": {"node": [placeholder, *constants, *nodes]},
        "weightsManifest": [{"weights": entries}],
    }
    return json.dumps(model).encode(), b"".join(data.astype("<f4").tobytes() for data in weights.values())


def node(op: str, name: str, *inputs: str) -> dict:
    return {"name": name, "op": op, "input": list(inputs)}


def test_chains_of_limits_become_one():
    limits = {"six": np.array(6.0), "one": np.array(1.0)}
    chain = [node("Relu", "a", "in"), node("Minimum", "b", "a", "six"), node("Maximum", "c", "b", "one")]

    converted = tfjs.convert(*graph_model(chain, limits, "c"), outputs={"out": "c"})

    picture = np.array([-3, 0.5, 4, 9] * 3, np.float32).reshape(1, 3, 2, 2)
    (result,) = onnxruntime.InferenceSession(converted).run(None, {"image": picture})
    assert result.ravel().tolist() == [1, 1, 4, 6] * 3
    assert [item.op_type for item in onnx.load_model_from_string(converted).graph.node] == ["Clip", "Identity"]


def test_each_channel_has_its_own_slope_below_zero():
    slopes = {"slopes": np.array([[[0.5, 2, -1]]])}

    converted = tfjs.convert(*graph_model([node("Prelu", "a", "in", "slopes")], slopes, "a"), outputs={"out": "a"})

    picture = np.array([-4, 0, 4, 8] * 3, np.float32).reshape(1, 3, 2, 2)
    (result,) = onnxruntime.InferenceSession(converted).run(None, {"image": picture})
    assert result.reshape(3, 4).tolist() == [[-2, 0, 4, 8], [-8, 0, 4, 8], [4, 0, 4, 8]]


def test_layouts_match_tensorflow():
    widths = np.array([[0, 0], [0, 0], [1, 0], [0, 2]], np.float32)
    steps = [node("Pad", "a", "in", "widths"), node("AddV2", "b", "a", "a"), node("Reshape", "c", "b", "shape")]
    model = graph_model(steps, {"widths": widths, "shape": np.array([-1, 30], np.float32)}, "c")

    converted = tfjs.convert(*model, outputs={"out": "c"}, divisor=2)

    picture = np.arange(12, dtype=np.float32).reshape(1, 3, 2, 2)
    (result,) = onnxruntime.InferenceSession(converted).run(None, {"image": picture})
    assert result.tolist() == np.pad(picture.transpose(0, 2, 3, 1), widths.astype(int)).reshape(1, 30).tolist()


def test_an_unknown_operation_is_named():
    with pytest.raises(ValueError, match="does not know the operation Tanh of node a"):
        tfjs.convert(*graph_model([node("Tanh", "a", "in")], {}, "a"), outputs={"out": "a"})


def test_arithmetic_is_supported_only_after_a_convolution():
    model = graph_model([node("Mul", "a", "in", "factor")], {"factor": np.ones(3)}, "a")

    with pytest.raises(ValueError, match="knows Mul only after a convolution"):
        tfjs.convert(*model, outputs={"out": "a"})


def test_an_output_that_the_model_does_not_have_is_named():
    with pytest.raises(ValueError, match="not among the model's outputs: b"):
        tfjs.convert(*graph_model([node("Relu", "a", "in")], {}, "a"), outputs={"out": "b"})


def test_weights_must_fill_their_file():
    groups = [{"weights": [{"name": "a", "shape": [3], "dtype": "float32"}]}]

    with pytest.raises(ValueError, match="take 12 bytes, the file has 16"):
        read_weights(groups, bytes(16))


def test_an_8_bit_weight_means_a_multiple_of_its_step_above_its_minimum():
    entry = {"name": "a", "shape": [3], "dtype": "float32"}
    quantization = {"dtype": "uint8", "scale": 0.5, "min": -1.0}

    weight = read_weights([{"weights": [entry | {"quantization": quantization}]}], bytes([0, 2, 255]))["a"]

    assert weight.values.tolist() == [-1, 0, 126.5]
    assert weight.zero_point == 2
    with pytest.raises(ValueError, match="no 8-bit number means zero"):
        _ = Weight(weight.stored, 0.5, 1.0).zero_point
