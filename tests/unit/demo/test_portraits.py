from pathlib import Path
from zipfile import ZipFile

import pytest

from demo import portraits
from modelkit import store
from modelkit.errors import BuildError


@pytest.fixture
def faces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of two portraits in a folder that stands in for the network."""
    archive = tmp_path / "faces.zip"
    with ZipFile(archive, "w") as file:
        file.writestr("photos/a.jpg", b"a")
        file.writestr("photos/b.jpg", b"b")
    listed = tmp_path / "portraits.toml"
    listed.write_text(
        f"""
        [sources.faces]
        url = "https://example.com/faces.zip"
        sha256 = "{store.digest(archive.read_bytes())}"

        [[portraits]]
        source = "faces"
        folder = "photos"
        files = ["a.jpg", "b.jpg"]
        """
    )
    monkeypatch.setattr(portraits, "LIST", listed)
    monkeypatch.setenv("VISAGE_MODEL_MIRROR", str(tmp_path))
    monkeypatch.setenv("VISAGE_CACHE", str(tmp_path / "cache"))
    return archive


def test_portraits_are_downloaded_once(faces: Path):
    folder = portraits.portraits()
    (store.folder() / store.digest(faces.read_bytes())).unlink()
    faces.unlink()

    assert portraits.portraits() == folder
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a.jpg": b"a", "b.jpg": b"b"}


def test_failed_downloads_are_reported(faces: Path):
    faces.unlink()

    with pytest.raises(BuildError, match="holds no faces.zip"):
        portraits.portraits()
