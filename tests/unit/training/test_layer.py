"""Model layers with other networks in some places."""

import hashlib

import pytest

from training.liveness.layer import lay, use
from visage.errors import VisageError
from visage.faces import sessions
from visage.settings import models


@pytest.fixture
def layer(tmp_path, monkeypatch):
    """A layer whose recapture network is another one, in use."""
    monkeypatch.setenv("VISAGE_MODELS", str(models()))
    other = sessions.read("recapture_pupil")
    lay(tmp_path, {"recapture": other})
    use(tmp_path)
    return tmp_path


def test_the_other_network_is_opened_in_its_place_and_all_the_rest_as_shipped(layer):
    assert [given.name for given in sessions.open("recapture").get_inputs()] == ["face", "scene", "first"]
    assert sessions.read("recapture") == sessions.read("recapture_pupil")
    assert sessions.sha256("recapture") == hashlib.sha256(sessions.read("recapture")).hexdigest()
    assert len(sessions.open("centerface").get_outputs()) == 4


def test_a_layer_is_laid_again_over_an_earlier_one(layer, monkeypatch):
    other = sessions.read("recapture")
    monkeypatch.undo()
    lay(layer, {"recapture": other, "eyelids": b"none"})
    monkeypatch.setenv("VISAGE_MODELS", str(layer))
    assert (layer / "eyelids.onnx").read_bytes() == b"none"
    assert not (layer / "eyelids.onnx").is_symlink()
    assert sessions.read("facemesh") == (models() / "facemesh.onnx").read_bytes()


def test_what_was_changed_afterwards_is_not_opened(layer):
    (layer / "recapture.onnx").write_bytes(b"something else")
    with pytest.raises(VisageError):
        sessions.read("recapture")
