"""`visage draw` on portraits that registry packages carry."""

import numpy as np
import pytest
from PIL import Image

from cli.images.drawing import axes, lines
from cli.main import main
from tests.support.faces import MODELS, load
from visage.faces.appearance.attributes import Attributes, Estimate
from visage.faces.describe import Description
from visage.faces.detection.detect import detect_largest
from visage.faces.landmarks.pose import Pose

pytestmark = pytest.mark.usefixtures("models")


def run(capsys, *arguments) -> tuple[int, str, str]:
    status = main(["draw", *map(str, arguments)])
    return status, *capsys.readouterr()


def test_a_face_is_drawn_where_it_is(portraits, tmp_path, capsys):
    photo, out = portraits / "obama.jpg", tmp_path / "out.png"
    status, said, _ = run(capsys, photo, "-o", out, "--models", MODELS)
    assert (status, said) == (0, f"1 face, drawn in {out}\n")
    before = load(photo)
    changed = (np.asarray(Image.open(out).convert("RGB")) != before).any(axis=2)
    rows, columns = np.nonzero(changed)
    box = detect_largest(before).box
    assert (columns.min(), rows.min()) == pytest.approx((box.left, box.top), abs=4)
    assert 0.005 < changed.mean() < 0.2


def test_a_photo_without_faces_stays_as_it_is(tmp_path, capsys):
    photo, out = tmp_path / "grey.png", tmp_path / "out.png"
    Image.new("RGB", (300, 200), "grey").save(photo)
    assert run(capsys, photo, "-o", out, "--models", MODELS)[1].startswith("0 faces")
    assert np.array_equal(load(out), load(photo))


@pytest.mark.parametrize("content", [None, b"no image"])
def test_an_unreadable_file_is_reported_in_one_sentence(tmp_path, capsys, content):
    photo = tmp_path / "photo.jpg"
    if content is not None:
        photo.write_bytes(content)
    status, _, error = run(capsys, photo, "-o", tmp_path / "out.png", "--models", MODELS)
    assert status == 2
    assert error.startswith("visage: ") and "photo.jpg" in error and len(error.splitlines()) == 1
    assert not (tmp_path / "out.png").exists()


def test_without_models_it_says_how_to_get_them(tmp_path, capsys):
    status, _, error = run(capsys, "any.jpg", "-o", tmp_path / "out.png", "--models", tmp_path)
    assert (status, "make setup" in error) == (2, True)


@pytest.mark.parametrize(
    ("turned", "expected"),
    [
        (Pose(0, 0, 0), ((1, 0), (0, 1), (0, 0))),
        (Pose(90, 0, 0), ((0, 0), (0, 1), (1, 0))),
        (Pose(0, 90, 0), ((1, 0), (0, 0), (0, -1))),
        (Pose(0, 0, 90), ((0, 1), (-1, 0), (0, 0))),
    ],
)
def test_axes_point_where_the_head_does(turned, expected):
    assert np.array(axes(turned)) == pytest.approx(np.array(expected, float), abs=1e-9)


def test_only_attributes_that_a_face_has_are_written(portraits):
    none = Estimate("None", 0.9)
    shown = Attributes(0.9, 0.9, Estimate("Wear", 0.81), none, none, none, none, Estimate("Short", 0.75))
    face = detect_largest(load(portraits / "obama.jpg"))
    text = lines(Description(face, shown, Pose(12, -3, 1), 2.34, 1.0, np.zeros((468, 3), np.float32)))
    assert text == ["yaw 12  pitch -3  roll 1  blur 2.3", "smile 0.90", "glasses Wear 0.81", "hair Short 0.75"]
