"""The tools that check and build the template; each has its own environment."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.template.document import ROOT

ENVIRONMENT = os.environ | {"AWS_DEFAULT_REGION": "eu-central-1", "SAM_CLI_TELEMETRY": "0"}


def tool(environment: str, name: str) -> str:
    """Path of a tool. Skips the test where its environment is not set up."""
    path = ROOT / environment / "bin" / name
    if not path.exists():
        pytest.skip(f"{environment} is not set up: run `make test`")
    return str(path)


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's root, with its output captured."""
    return subprocess.run(
        [str(part) for part in command], cwd=ROOT, env=ENVIRONMENT | environment, capture_output=True, text=True
    )


def python313() -> str | None:
    """A Python of the functions' version, or None."""
    return next(filter(_is_python313, _candidates()), None)


def _candidates() -> Iterator[str]:
    if named := os.environ.get("PYTHON313"):
        yield named
    yield sys.executable
    if found := shutil.which("python3.13"):
        yield found
    yield from map(str, sorted(Path.home().glob(".pyenv/versions/3.13.*/bin/python3.13")))


def _is_python313(path: str) -> bool:
    answer = subprocess.run([path, "--version"], capture_output=True, text=True)
    return answer.returncode == 0 and answer.stdout.startswith("Python 3.13.")
