"""Models are opened by name through the manifest, and only if they match it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from visage.errors import Reason, VisageError
from visage.faces import sessions
from visage.settings import models as folder
from visage.settings import settings


@pytest.fixture
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layer with a file that matches the manifest, one that does not, and one that is missing."""
    digest = hashlib.sha256(b"weights").hexdigest()
    entries = {"right": "right.bin", "wrong": "wrong.bin", "missing": "missing.bin"}
    manifest = [f'[models.{name}]\nfile = "{file}"\nsha256 = "{digest}"\n' for name, file in entries.items()]
    (tmp_path / "manifest.toml").write_text("\n".join(manifest))
    (tmp_path / "right.bin").write_bytes(b"weights")
    (tmp_path / "wrong.bin").write_bytes(b"weighty")
    for name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"):
        monkeypatch.setenv(name, "unused")
    monkeypatch.setenv("VISAGE_MODELS", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


NETWORK = "import sys; from visage.faces import sessions; sessions.unnamed(sys.argv[1])"
PROOF = "import modelkit.proof, onnxruntime, sys; onnxruntime.InferenceSession(sys.argv[1])"


@pytest.mark.parametrize("use", [NETWORK, PROOF])
def test_onnxruntime_keeps_no_record_of_the_machine(tmp_path, use):
    """Of itself it writes an id and a record into the home folder, and sends them to its maker."""
    product = Path(sessions.__file__).parents[1] / "gallery" / "index" / "product.onnx"
    silencing = {"ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "CI"}
    variables = {name: value for name, value in os.environ.items() if name not in silencing}
    subprocess.run([sys.executable, "-c", use, product], env={**variables, "HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_a_file_with_the_right_hash_is_read(layer):
    assert sessions.read("right") == b"weights"


@pytest.mark.parametrize(
    ("name", "complaint"), [("wrong", "SHA-256 differs"), ("missing", "cannot be read"), ("other", "no entry 'other'")]
)
@pytest.mark.parametrize("use", [sessions.read, sessions.open])
def test_any_other_file_is_refused_in_one_clear_sentence(layer, use, name, complaint):
    with pytest.raises(VisageError, match=complaint) as raised:
        use(name)
    assert raised.value.reason is Reason.INTERNAL
    assert str(layer) not in raised.value.detail


@pytest.mark.parametrize("use", [sessions.read, sessions.open, sessions.sha256])
def test_a_missing_layer_is_told_in_one_clear_sentence(layer, use):
    (layer / "manifest.toml").unlink()
    with pytest.raises(VisageError, match="manifest cannot be read: No such file") as raised:
        use("right")
    assert raised.value.reason is Reason.INTERNAL
    assert str(layer) not in raised.value.detail


def test_a_network_is_opened_once(models):
    assert sessions.open("centerface") is sessions.open("centerface")


def test_networks_that_are_prepared_are_opened_once(models):
    sessions.prepare("yunet", "centerface")
    assert sessions.open("yunet") is sessions._opened(folder(), "yunet")


def test_a_network_runs_on_one_thread(models):
    options = sessions.open("centerface").get_session_options()
    assert (options.intra_op_num_threads, options.inter_op_num_threads) == (1, 1)
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
