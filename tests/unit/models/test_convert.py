"""The converters, on the published weights in the build's store."""

import dataclasses
import json
import tomllib
from contextlib import nullcontext

import numpy as np
import onnx
import onnxruntime
import pytest

from modelkit import build, fetch, proof, store
from modelkit.convert import blocks, sface, tfjs, yunet
from modelkit.convert.weights import read_weights
from modelkit.errors import BuildError
from modelkit.manifest import Model, read_manifest

MODELS = {model.name: model for model in read_manifest(build.LAYER / "manifest.toml")}
CONVERTED = [model for model in MODELS.values() if model.converter]
each_converted_model = pytest.mark.parametrize("model", CONVERTED, ids=lambda model: model.name)


def members(model: Model) -> list[bytes]:
    if store.find(model.source.sha256) is None:
        pytest.skip(f"{model.source} is not in the store; building the model layer puts it there")
    return fetch.read(model.source, *model.members)


def expectation(model: Model) -> proof.Expectation:
    return proof.read_expectation(build.LAYER / "proofs" / f"{model.name}.json")


@each_converted_model
def test_a_conversion_gives_the_pinned_bytes_and_passes_its_proof(model: Model):
    members(model)

    assert store.digest(build.convert(build.LAYER, model)) == model.sha256


@each_converted_model
def test_inputs_and_outputs_are_those_of_the_manifest(model: Model):
    members(model)
    session = onnxruntime.InferenceSession(build.convert(build.LAYER, model))
    entry = tomllib.loads((build.LAYER / "manifest.toml").read_text())["models"][model.name]

    assert {value.name for value in session.get_inputs()} == set(entry["input"])
    assert {value.name for value in session.get_outputs()} == set(entry["output"])
    for value in session.get_inputs() + session.get_outputs():
        assert value.shape[0] == "N" and value.type == "tensor(float)"
        shape = (entry["input"] | entry["output"])[value.name].partition(")")[0] + ")"
        cells = {"H/4": "h", "W/4": "w"}
        assert shape == f"({', '.join(str(cells.get(size, size)) for size in value.shape)})"


@each_converted_model
def test_nothing_but_the_picture_is_an_input(model: Model):
    members(model)
    converted = onnx.load_model_from_string(build.convert(build.LAYER, model))

    onnx.checker.check_model(converted, full_check=True)
    assert [value.name for value in converted.graph.input] == ["image"]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("facemesh", "StatefulPartitionedCall/model_1/conv2d_18/Conv2D_weights"),
    ],
)
def test_the_proof_fails_when_one_layer_of_the_weights_is_disturbed(name: str, layer: str):
    model = MODELS[name]
    description, data = members(model)
    groups = json.loads(description)
    groups = groups.get("weightsManifest", groups) if isinstance(groups, dict) else groups
    stored = {key: weight.stored.copy() for key, weight in read_weights(groups, data).items()}
    stored[layer].ravel()[::64] *= 0 if stored[layer].dtype == np.uint8 else -1
    disturbed = b"".join(array.tobytes() for array in stored.values())

    proof.prove(name, tfjs.convert(description, data, **model.options), expectation(model))
    with pytest.raises(BuildError, match=f"{name}: output .* differs"):
        proof.prove(name, tfjs.convert(description, disturbed, **model.options), expectation(model))


def test_every_output_of_a_graph_model_is_available_and_proved():
    model = MODELS["facemesh"]
    members(model)
    outputs = {"mesh": "Identity_2", "presence": "Identity_1", "contours": "Identity"}

    converted = build.convert(build.LAYER, dataclasses.replace(model, options={**model.options, "outputs": outputs}))

    assert [value.name for value in onnxruntime.InferenceSession(converted).get_outputs()] == list(outputs)


def test_differences_near_zero_are_not_relative():
    model = MODELS["facemesh"]
    converted = build.convert(build.LAYER, model) if members(model) else b""
    expected = expectation(model)
    presence = expected.outputs["presence"]
    near, far = ([mean + shift for mean in presence["means"]] for shift in (5e-7, 5e-6))
    assert max(far) < 1e-4

    for means, right in ((near, True), (far, False)):
        outputs = {**expected.outputs, "presence": {**presence, "means": means}}
        with nullcontext() if right else pytest.raises(BuildError, match="output presence differs"):
            proof.prove("facemesh", converted, dataclasses.replace(expected, outputs=outputs))


def test_an_output_without_expected_values_is_refused():
    model = MODELS["sface"]
    converted = build.convert(build.LAYER, model) if members(model) else b""
    unknown = dataclasses.replace(expectation(model), outputs={})

    with pytest.raises(BuildError, match="nothing says what to expect of embedding"):
        proof.prove("sface", converted, unknown)


@pytest.fixture
def published_sface() -> onnx.ModelProto:
    return onnx.load_model_from_string(*members(MODELS["sface"]))


def prove_sface(published: onnx.ModelProto) -> None:
    proof.prove("sface", sface.convert(published.SerializeToString()), expectation(MODELS["sface"]))


def test_sface_takes_several_faces_and_sees_each_alone():
    model = MODELS["sface"]
    members(model)
    session = onnxruntime.InferenceSession(build.convert(build.LAYER, model))
    pictures = proof.picture((3, 3, 112, 112))

    (together,) = session.run(None, {"image": pictures})

    assert together.shape == (3, 128)
    for picture, row in zip(pictures, together, strict=True):
        (alone,) = session.run(None, {"image": picture[None]})
        assert alone[0] == pytest.approx(row, abs=1e-4)


@pytest.mark.parametrize("layer", ["conv_5_conv2d_weight", "conv_9_dw_conv2d_weight", "pre_fc1_weight"])
def test_the_proof_fails_when_some_blocks_of_sface_are_disturbed(published_sface, layer):
    (stored,) = (item for item in published_sface.graph.initializer if item.name == f"{layer}_quantized")
    numbers = onnx.numpy_helper.to_array(stored).copy()
    numbers[:8] = 0
    stored.CopyFrom(onnx.numpy_helper.from_array(numbers, stored.name))

    with pytest.raises(BuildError, match="sface: output embedding differs"):
        prove_sface(published_sface)


def test_the_proof_fails_when_a_slope_of_sface_is_another(published_sface):
    (stored,) = (item for item in published_sface.graph.initializer if item.name == "conv_8_relu_gamma")
    stored.CopyFrom(onnx.numpy_helper.from_array(-onnx.numpy_helper.to_array(stored), stored.name))

    with pytest.raises(BuildError, match="sface: output embedding differs"):
        prove_sface(published_sface)


@pytest.mark.parametrize(
    ("lost", "complaint"),
    [
        ("conv_7_relu", "the published graph has no PRelu after conv_7_batchnorm"),
        ("conv_3_conv2d", "the published graph breaks off after conv_3_dw_relu"),
        ("pre_fc1", "the published graph breaks off after flatten_254"),
        ("pre_fc1_weight_dequantized", "does not say what pre_fc1_weight_dequantized is made of"),
        ("conv_2_conv2d_weight_reshaped", "does not say what conv_2_conv2d_weight_reshaped is made of"),
    ],
)
def test_a_node_missing_from_sface_is_reported_in_one_sentence(published_sface, lost, complaint):
    graph = published_sface.graph
    (node,) = (node for node in graph.node if node.output[0] == lost)
    graph.node.remove(node)

    with pytest.raises(ValueError, match=complaint):
        prove_sface(published_sface)


def test_weights_missing_from_sface_are_reported_in_one_sentence(published_sface):
    stored = published_sface.graph.initializer
    (lost,) = (item for item in stored if item.name == "bn1_moving_var")
    stored.remove(lost)

    with pytest.raises(ValueError, match="lacks the numbers of bn1_moving_var"):
        prove_sface(published_sface)


@pytest.mark.parametrize("content", [b"", b"no model", bytes(1000)])
def test_an_invalid_graph_is_reported_in_one_sentence(content):
    with pytest.raises(ValueError, match="the published"):
        sface.convert(content)


def test_yunet_takes_any_size():
    model = MODELS["yunet"]
    members(model)
    session = onnxruntime.InferenceSession(build.convert(build.LAYER, model))

    for batch, height, width in ((1, 32, 32), (3, 64, 160)):
        classes, *_ = session.run(None, {"image": proof.picture((batch, 3, height, width))})
        assert classes.shape == (batch, sum(height * width // stride**2 for stride in (8, 16, 32)), 1)


def test_the_proof_fails_when_one_block_of_yunet_is_disturbed():
    model = MODELS["yunet"]
    published = onnx.load_model_from_string(*members(model))
    (stored,) = (item for item in published.graph.initializer if item.name == "438_quantized")
    numbers = onnx.numpy_helper.to_array(stored).copy()
    numbers[:8] = 0
    stored.CopyFrom(onnx.numpy_helper.from_array(numbers, stored.name))

    with pytest.raises(BuildError, match="yunet: output .* differs"):
        proof.prove("yunet", yunet.convert(published.SerializeToString(), **model.options), expectation(model))


def test_a_graph_in_blocks_that_lost_a_weight_or_an_output_is_refused():
    model = MODELS["yunet"]
    published = onnx.load_model_from_string(*members(model))
    broken = onnx.ModelProto()
    broken.CopyFrom(published)
    broken.graph.initializer.remove(next(item for item in broken.graph.initializer if item.name == "421"))
    with pytest.raises(ValueError, match="the graph holds nothing called 421"):
        yunet.convert(broken.SerializeToString(), **model.options)

    broken.CopyFrom(published)
    broken.graph.node.remove(next(item for item in broken.graph.node if "kps_16" in item.output))
    with pytest.raises(ValueError, match="the graph does not make kps_16"):
        yunet.convert(broken.SerializeToString(), **model.options)


def test_each_block_is_multiplied_out_by_its_own_scale_and_zero_point():
    parts = {
        "stored": np.array([[1, 2, 3, 4], [5, 6, 7, 8]], np.int8),
        "scale": np.array([[0.5, 2], [1, 10]], np.float32),
        "zero": np.array([[0, 3], [5, 7]], np.int8),
        "shape": np.array([4, 2]),
    }
    nodes = [
        onnx.helper.make_node("DequantizeLinear", ["stored", "scale", "zero"], ["flat"], axis=1, block_size=2),
        onnx.helper.make_node("Reshape", ["flat", "shape"], ["whole"]),
        onnx.helper.make_node("Reshape", ["in", "shape"], ["out"]),
    ]
    constants = [onnx.numpy_helper.from_array(array, name) for name, array in parts.items()]
    graph = onnx.helper.make_graph(nodes, "blocks", [], [], constants)

    known = blocks.weights(graph)

    assert known["whole"].tolist() == [[0.5, 1], [0, 2], [0, 1], [0, 10]]
    assert known["whole"].dtype == np.float32
    assert "out" not in known


def test_centerface_takes_any_size():
    model = MODELS["centerface"]
    members(model)
    session = onnxruntime.InferenceSession(build.convert(build.LAYER, model))

    for batch, height, width in ((1, 32, 32), (3, 64, 160)):
        heatmap, *_ = session.run(None, {"image": proof.picture((batch, 3, height, width))})
        assert heatmap.shape == (batch, 1, height // 4, width // 4)
