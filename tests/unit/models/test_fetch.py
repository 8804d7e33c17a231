"""Archives from registries; tests/local has those that need a network."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from modelkit import fetch, store
from modelkit.errors import BuildError
from modelkit.fetch import Source


def archive() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo("package/net.bin")
        entry.size = 3
        tar.addfile(entry, io.BytesIO(b"net"))
    return out.getvalue()


@pytest.fixture(autouse=True)
def no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VISAGE_MODEL_MIRROR", raising=False)


def npm_package(data: bytes) -> Source:
    return Source("npm", "@some/net", "1.0.0", "some-net-1.0.0.tgz", store.digest(data))


def test_the_sources_of_a_file_are_packages_or_addresses(tmp_path: Path):
    listed = tmp_path / "list.toml"
    listed.write_text(
        """
        [sources.a]
        registry = "npm"
        package = "@some/net"
        version = "1.0.0"
        archive = "some-net-1.0.0.tgz"
        sha256 = "aa"

        [sources.b]
        url = "https://example.com/nets/b.onnx?download=true"
        sha256 = "bb"
        """
    )

    assert fetch.read_sources(listed) == {
        "a": Source("npm", "@some/net", "1.0.0", "some-net-1.0.0.tgz", "aa"),
        "b": Source("url", "https://example.com/nets/b.onnx?download=true", "", "b.onnx", "bb"),
    }


def test_a_folder_may_replace_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = archive()
    monkeypatch.setenv("VISAGE_MODEL_MIRROR", str(tmp_path))
    (tmp_path / "some-net-1.0.0.tgz").write_bytes(data)
    (tmp_path / "b.onnx").write_bytes(b"b")

    assert fetch.read(npm_package(data), "package/net.bin") == [b"net"]
    address = Source("url", "https://example.com/nets/b.onnx", "", "b.onnx", store.digest(b"b"))
    assert fetch.fetch(address).read_bytes() == b"b"


def test_a_stored_archive_is_used_without_asking_anyone(monkeypatch: pytest.MonkeyPatch):
    data = archive()
    store.add(data)
    monkeypatch.setenv("PATH", "")

    assert fetch.fetch(npm_package(data)).read_bytes() == data


def test_without_npm_the_message_says_what_it_is_needed_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(BuildError, match="npm is needed to download @some/net 1.0.0 from npm, but it is not installed"):
        fetch.fetch(npm_package(b""))


def test_a_truncated_tar_archive_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = archive()[:60]
    monkeypatch.setenv("VISAGE_MODEL_MIRROR", str(tmp_path))
    (tmp_path / "some-net-1.0.0.tgz").write_bytes(data)

    with pytest.raises(BuildError, match="archive of @some/net 1.0.0 from npm cannot be read"):
        fetch.read(npm_package(data), "package/net.bin")


def test_a_folder_in_an_archive_is_not_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        entry = tarfile.TarInfo("package")
        entry.type = tarfile.DIRTYPE
        tar.addfile(entry)
    monkeypatch.setenv("VISAGE_MODEL_MIRROR", str(tmp_path))
    (tmp_path / "some-net-1.0.0.tgz").write_bytes(out.getvalue())

    with pytest.raises(BuildError, match="holds no file package"):
        fetch.read(npm_package(out.getvalue()), "package")


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as pip's only index, with a wheel and a source archive that records when its code runs."""
    folder = tmp_path / "packages"
    folder.mkdir()
    metadata = b"Metadata-Version: 2.1\nName: net\nVersion: 1.0\n"
    with zipfile.ZipFile(folder / "net-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("net-1.0.dist-info/METADATA", metadata)
        wheel.writestr("net-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("net-1.0.dist-info/RECORD", "")
    setup = f"""if True:
        open({str(tmp_path / "it ran")!r}, "w").close()
        from setuptools import setup
        setup(name="net", version="1.0")
    """
    with tarfile.open(folder / "net-1.0.tar.gz", "w:gz") as archive:
        for name, content in (("PKG-INFO", metadata), ("setup.py", setup.encode())):
            entry = tarfile.TarInfo(f"net-1.0/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.mark.parametrize("name", ["net-1.0-py3-none-any.whl", "net-1.0.tar.gz"])
def test_pip_delivers_the_pinned_archive_and_no_other(packages: Path, name: str):
    data = (packages / name).read_bytes()

    assert fetch.fetch(Source("pypi", "net", "1.0", name, store.digest(data))).read_bytes() == data


@pytest.mark.parametrize("name", ["net-1.0-py3-none-any.whl", "net-1.0.tar.gz"])
def test_a_package_with_another_hash_is_refused_before_its_code_runs(packages: Path, name: str):
    with pytest.raises(BuildError, match="net 1.0 from pypi does not have the pinned SHA-256 0{64}"):
        fetch.fetch(Source("pypi", "net", "1.0", name, "0" * 64))
    assert not (packages.parent / "it ran").exists()


def test_an_unknown_version_is_reported(packages: Path):
    with pytest.raises(BuildError, match="net 2.0 from pypi cannot be downloaded"):
        fetch.fetch(Source("pypi", "net", "2.0", "net-2.0.tar.gz", "0" * 64))
