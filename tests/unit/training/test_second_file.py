"""The file that the second teaching of the attributes writes."""

import numpy as np
import onnxruntime
import pytest

from training.attributes.further import export, last
from training.attributes.further.upper_layers import ANSWERED, CHANNELS, OWN, UpperLayers
from training.data import TRAINED
from visage.faces.appearance.attributes import QUESTIONS, SIDE

NETWORK = TRAINED / "attributes.onnx"


def answers_of(content: bytes) -> tuple[np.ndarray, ...]:
    """Answers, degree and former answers about two pictures of noise."""
    pictures = np.random.default_rng(3).integers(0, 255, (2, 3, SIDE, SIDE)).astype(np.float32)
    outputs = ["answers", "degree", "former"]
    return tuple(onnxruntime.InferenceSession(content).run(outputs, {"image": pictures}))


def test_the_file_answers_by_the_new_layer_and_keeps_the_former_one():
    before = last.read(NETWORK)
    _, _, kept = answers_of(NETWORK.read_bytes())
    content = export.export(NETWORK, last.Last(before.weights, before.offsets + 0.5))
    answers, degree, former = answers_of(content)
    assert former == pytest.approx(kept, abs=1e-6)
    odds, moved = (np.log(each / (1 - each)) for each in (former[:, : len(QUESTIONS)].astype(float), answers))
    by_last = [index for index, question in enumerate(QUESTIONS) if question not in ANSWERED]
    assert (moved - odds)[:, by_last] == pytest.approx(0.5, abs=0.02)
    smiles = answers[:, QUESTIONS.index("smile")]
    assert ((degree[:, 0] >= 0.5) == (smiles >= 0.5)).all()
    assert len(content) < 5e6


def passing_ones(decide: last.Last) -> UpperLayers:
    """Upper layers that see ones in whatever they are shown."""
    shapes = {"depthwise": (CHANNELS, 1, 3, 3), "pointwise": (CHANNELS, CHANNELS, 1, 1)}
    kernels = {f"{kind} {number}": np.zeros(shape) for number in OWN for kind, shape in shapes.items()}
    return UpperLayers(kernels, dict.fromkeys(kernels, np.ones(CHANNELS)), np.full((81, 16), 1 / 81), decide)


def test_upper_layers_answer_their_questions_and_no_others():
    random = np.random.default_rng(5)
    decide = last.Last(random.normal(0, 0.02, (CHANNELS * 16, len(ANSWERED))), random.normal(0, 0.3, len(ANSWERED)))
    upper = passing_ones(decide).calibrated(np.full(len(ANSWERED), 0.5), np.ones(len(ANSWERED)))
    before = last.read(NETWORK)
    plain, with_upper = export.export(NETWORK, before), export.export(NETWORK, before, upper)
    answers, degree, former = answers_of(plain)
    found, same_degree, same_former = answers_of(with_upper)
    taken = [QUESTIONS.index(question) for question in ANSWERED]
    odds = (decide.weights.sum(axis=0) + decide.offsets) * 0.5 + 1
    assert np.log(found / (1 - found))[:, taken] == pytest.approx(np.tile(odds, (2, 1)), abs=0.02)
    others = np.setdiff1d(np.arange(len(QUESTIONS)), taken)
    assert found[:, others] == pytest.approx(answers[:, others], abs=1e-6)
    assert same_degree == pytest.approx(degree, abs=1e-6)
    assert same_former == pytest.approx(former, abs=1e-6)


def test_upper_layers_in_a_file_give_way_to_new_ones(tmp_path):
    upper = passing_ones(last.Last(np.zeros((CHANNELS * 16, len(ANSWERED))), np.zeros(len(ANSWERED))))
    once = tmp_path / "once.onnx"
    once.write_bytes(export.export(NETWORK, last.read(NETWORK), upper))
    assert export.export(once, last.read(once), upper) == once.read_bytes()
