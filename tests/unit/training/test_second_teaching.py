"""What is drawn for the second teaching of the attributes, and the file that it writes."""

import numpy as np
import onnxruntime
import pytest
from PIL import Image

from tests.support.faces import load
from training.attributes.chips import ROOM, ROOM_SHARE
from training.attributes.further import export, last, textures
from training.attributes.further.objects import KINDS, LEFT_OUT, Scene
from training.attributes.further.worn import headscarf, thin_glasses
from training.data import TRAINED
from visage.faces.appearance.attributes import QUESTIONS, SIDE
from visage.faces.detection.detect import detect_largest
from visage.faces.imaging.align import level_chip
from visage.faces.landmarks.mesh import mesh

NETWORK = TRAINED / "attributes.onnx"


@pytest.fixture
def scene(models, portraits) -> Scene:
    """The face of a president, and rooms and heads of plain noise."""
    image = load(portraits / "obama.jpg")
    chip = level_chip(image, detect_largest(image), ROOM_SHARE, ROOM)
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3)).astype(np.uint8)
    return Scene(chip, mesh(chip, detect_largest(chip)).points[:, :2].astype(float), [noise], [noise[:ROOM, :ROOM]])


def changed(scene: Scene, drawn: np.ndarray, point: int) -> float:
    """How much a small square about a point of the mesh has changed, in grey levels."""
    x, y = scene.points[point].astype(int)
    square = np.s_[y - 3 : y + 4, x - 3 : x + 4]
    return float(np.abs(drawn[square].astype(float) - scene.chip[square]).mean())


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_hides_the_mouth_and_leaves_the_eyes(scene, kind):
    mouths, eyes = [], []
    for seed in range(12):
        drawn = KINDS[kind](scene, np.random.default_rng(seed))
        assert drawn.shape == scene.chip.shape
        assert drawn.dtype == np.uint8
        mouths.append(max(changed(scene, drawn, point) for point in (13, 61, 291)) > 8)
        eyes.append(max(changed(scene, drawn, 33), changed(scene, drawn, 263)) < 8)
    assert np.mean(mouths) >= 0.75
    assert np.mean(eyes) >= 0.4, "a phone or a head may reach one of them"


def test_each_kind_of_object_is_kept_from_one_split():
    assert sorted(kind for kinds in LEFT_OUT for kind in kinds) == sorted(KINDS)


def test_thin_glasses_change_little_and_only_about_the_eyes(scene):
    for seed in range(5):
        drawn = thin_glasses(scene, np.random.default_rng(seed)).astype(float)
        touched = np.abs(drawn - scene.chip).max(axis=2) > 12
        assert 0 < touched.mean() < 0.1
        assert changed(scene, drawn, 13) < 3


def test_cloth_about_the_head_leaves_the_face(scene):
    drawn = headscarf(scene, np.random.default_rng(1))
    assert changed(scene, drawn, 1) < 3
    assert changed(scene, drawn, 13) < 3
    top = scene.points[10] + 0.25 * (scene.points[10] - scene.points[152])
    x, y = top.astype(int)
    assert np.abs(drawn[y, x].astype(float) - scene.chip[y, x]).max() > 8


def test_surfaces_are_of_many_kinds():
    photo = np.asarray(Image.effect_noise((220, 220), 80).convert("RGB"))
    random = np.random.default_rng(2)
    seen = [textures.surface(random, [photo]) for _ in range(40)]
    spreads = [float(each.mean(axis=2).std()) for each in seen]
    assert min(spreads) < 8 < 40 < max(spreads)


def test_the_file_answers_by_the_new_layer_and_keeps_the_former_one():
    before = last.read(NETWORK)
    pictures = np.random.default_rng(3).integers(0, 255, (2, 3, SIDE, SIDE)).astype(np.float32)
    (kept,) = onnxruntime.InferenceSession(NETWORK).run(["former"], {"image": pictures})
    content = export.export(NETWORK, last.Last(before.weights, before.offsets + 0.5))
    outputs = ["answers", "degree", "former"]
    answers, degree, former = onnxruntime.InferenceSession(content).run(outputs, {"image": pictures})
    assert former == pytest.approx(kept, abs=1e-6)
    odds, moved = (np.log(each / (1 - each)) for each in (former[:, : len(QUESTIONS)].astype(float), answers))
    assert moved - odds == pytest.approx(0.5, abs=0.02)
    smiles = answers[:, QUESTIONS.index("smile")]
    assert ((degree[:, 0] >= 0.5) == (smiles >= 0.5)).all()
    assert len(content) < 5e6
