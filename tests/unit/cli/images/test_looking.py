"""Output of the command line for photos, in process and without a server."""

import json

import pytest

from cli.main import main
from tests.support.faces import models as models
from tests.support.faces import portraits as portraits


@pytest.fixture
def visage(capsys, models):
    """Runs a command and returns its status and output."""

    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return status, out, err

    return run


@pytest.mark.parametrize(("other", "verdict"), [("obama2.jpg", "same person"), ("biden.jpg", "not the same")])
def test_compare(visage, portraits, other, verdict):
    status, out, _ = visage("compare", "--offline", portraits / "obama.jpg", portraits / other)
    assert status == 0 and out.startswith("similarity ") and out.count(verdict) == 3


def test_compare_for_programs(visage, portraits):
    _, out, _ = visage("compare", "--offline", "--json", portraits / "obama.jpg", portraits / "obama2.jpg")
    answer = json.loads(out)
    assert answer["SimilarityScore"] > float(answer["ConfidenceThresholds"]["0.0001"])


def test_detect_says_what_each_face_shows(visage, portraits):
    status, out, _ = visage("detect", "--offline", portraits / "obama.jpg")
    head, row = out.splitlines()
    assert status == 0 and head.split()[:2] == ["IMAGE", "FACE"]
    assert row.startswith("obama.jpg") or "obama.jpg" in row
    assert "Short" in row and row.endswith("yes") and max(map(len, (head, row))) <= 100


def test_detect_continues_after_an_invalid_image(visage, portraits, tmp_path):
    (tmp_path / "text.jpg").write_text("no image")
    status, out, err = visage("detect", "--offline", tmp_path / "text.jpg", portraits / "obama.jpg")
    assert status == 1 and "obama.jpg" in out and "text.jpg" in err


def test_liveness(visage, portraits):
    status, out, _ = visage("liveness", "--offline", "--json", portraits / "obama.jpg")
    (answer,) = json.loads(out)
    assert status == 0 and answer["label"] in ("normal", "liveness") and 0 <= answer["rate"] <= 100


@pytest.mark.parametrize("command", ["detect", "liveness"])
def test_an_address_needs_a_server(visage, command):
    status, out, err = visage(command, "--offline", "https://photos.test/a.jpg")
    assert (status, out) == (2, "") and err == "visage: https:// is an address; --offline takes files\n"


def test_without_a_deployment_the_options_are_named(visage):
    status, _, err = visage("detect", "a.jpg")
    assert status == 2 and "--local" in err and "--client FILE" in err


def test_a_face_that_is_missing_is_named(visage, portraits, tmp_path):
    from PIL import Image

    Image.new("RGB", (300, 300), "grey").save(tmp_path / "wall.png")
    status, _, err = visage("compare", "--offline", portraits / "obama.jpg", tmp_path / "wall.png")
    assert (status, err) == (2, "visage: There is no face in the target image.\n")
