"""Programs in other languages that call by the official SDKs, each built once and then asked by lines of JSON.

A line is `{sdk, endpoint, key, secret, action, params}`, for Green with `path` and `body` for `params`, for XML with
`format`; `sdk` is `classic` or `tea`. The answer is `{"body": …}`, as the SDK hands it to its user, or
`{"error": {kind, code, message}}`, what the SDK raises. What is built or installed lies in the cache folder.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from modelkit import store

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
_TOOLS = {"go": ("go",), "java": ("javac", "mvn"), "node": ("node", "npm")}
"""What builds a language's programs. The longest build comes first."""
LANGUAGES = ("node", "java", "go")
_LONGEST = 600
"""Seconds that a build may take, on a slow machine that has nothing yet."""
_builder = ThreadPoolExecutor(1)


def build_early() -> None:
    """Begin all builds, one after the other: the first tests wait for a stack more than they compute."""
    for language in _TOOLS:
        if not _missing(language):
            _build(language)


def environment(language: str) -> tuple[dict[str, str], Path]:
    """Environment of the language's programs, and the folder of their build. Skips if a tool is missing."""
    if missing := _missing(language):
        pytest.skip(f"this machine has no {' and no '.join(missing)}: its SDKs are not tried here")
    return _build(language).result()


def _missing(language: str) -> list[str]:
    return [tool for tool in _TOOLS[language] if shutil.which(tool) is None]


@cache
def _build(language: str) -> Future[tuple[dict[str, str], Path]]:
    return _builder.submit({"node": _node, "java": _java, "go": _go}[language])


def command(language: str, program: str) -> list[str]:
    """The command that runs a program: `driver`, or a sample by its file's name without the ending."""
    _, folder = environment(language)
    if language == "node":
        return ["node", str(HERE / "driver.js" if program == "driver" else EXAMPLES / "node" / f"{program}.js")]
    if language == "java":
        path = f"{folder / 'classes'}{os.pathsep}{(folder / 'classpath').read_text()}"
        return ["java", "-XX:TieredStopAtLevel=1", "-Xshare:auto", "-cp", path, program[0].upper() + program[1:]]
    return [str(folder / "driver")] if program == "driver" else [str(folder / "samples"), program]


class Driver:
    """A running driver."""

    def __init__(self, language: str) -> None:
        variables, _ = environment(language)
        self._process = subprocess.Popen(
            command(language, "driver"),
            env=variables, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("{"):  # Go's SDK prints remarks of its own
                return json.loads(line)
        raise AssertionError("the driver has ended")

    def stop(self) -> None:
        self._process.stdin.close()
        self._process.wait(10)


def _node() -> tuple[dict[str, str], Path]:
    files = [EXAMPLES / "node" / name for name in ("package.json", "package-lock.json")]

    def build(folder: Path) -> None:
        for file in files:
            shutil.copy(file, folder)
        _run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)

    folder = _built("node", files, build)
    return {**os.environ, "NODE_PATH": str(folder / "node_modules")}, folder


def _java() -> tuple[dict[str, str], Path]:
    pom, checksums = EXAMPLES / "java" / "pom.xml", EXAMPLES / "java" / "checksums.txt"
    sources = [*sorted((EXAMPLES / "java" / "src" / "main" / "java").glob("*.java")), HERE / "Driver.java"]

    def build(folder: Path) -> None:
        where = f"-Dmdep.outputFile={folder / 'classpath'}"
        _run(["mvn", "-B", "-q", "-C", "-f", str(pom), "dependency:build-classpath", where], folder)
        jars = [Path(jar) for jar in (folder / "classpath").read_text().split(os.pathsep)]
        wanted = dict(line.split()[::-1] for line in checksums.read_text().splitlines())
        assert {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in jars} == wanted, "jars differ"
        (folder / "classes").mkdir()
        _run(["javac", "-d", "classes", "-cp", (folder / "classpath").read_text(), *map(str, sources)], folder)

    return dict(os.environ), _built("java", [pom, checksums, *sources], build)


def _go() -> tuple[dict[str, str], Path]:
    # Without C, of which an empty cache would compile much.
    variables = {**os.environ, "CGO_ENABLED": "0"}
    module = [EXAMPLES / "go" / name for name in ("go.mod", "go.sum", "main.go", "classic.go", "tea.go")]

    def build(folder: Path) -> None:
        (folder / "driver.d").mkdir()
        for file in module:
            shutil.copy(file, folder)
        shutil.copy(HERE / "driver.go", folder / "driver.d")
        for program, sources in (("samples", "."), ("driver", "./driver.d")):
            _run(["go", "build", "-mod=readonly", "-ldflags=-s -w", "-o", program, sources], folder, variables)

    return variables, _built("go", [*module, HERE / "driver.go"], build)


def _built(language: str, made_of: Sequence[Path], build: Any) -> Path:
    """A folder in the cache, built unless what it is made of was built before."""
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in made_of)).hexdigest()[:16]
    folder = store.folder() / "clients" / f"{language}-{digest}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        half = folder.with_name(f"{folder.name}.{os.getpid()}")
        half.mkdir()
        try:
            build(half)
        except subprocess.CalledProcessError as error:
            shutil.rmtree(half)
            raise AssertionError(f"{error.cmd[0]} failed: {error.output[-3000:]}") from None
        try:
            half.rename(folder)
        except OSError:  # another process was quicker
            shutil.rmtree(half)
    return folder


def _run(arguments: Sequence[str], folder: Path, variables: Mapping[str, str] | None = None) -> None:
    subprocess.run(
        arguments,
        cwd=folder, env=variables, check=True, text=True, timeout=_LONGEST,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
