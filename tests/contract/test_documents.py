"""Runs the commands of the front pages and the quick start."""

import contextlib
import io
import re
import shlex

import pytest

from cli.main import main
from demo import portraits
from tests.conftest import ROOT
from tests.support.documents import blocks

DOCUMENTS = ("README.md", "docs/quickstart.md")
"""The Chinese ones hold the same commands: tests/unit/documents."""
HERE = re.compile(r"--local|--offline")


def commands(document: str) -> list[str]:
    found = [command for block in blocks() if block.document == document for command in block.commands]
    return [command for command in found if command.startswith(".venv/bin/visage") and HERE.search(command)]


@pytest.fixture
def at_home(monkeypatch):
    """The reader's folder: the repository's root, with the photos that `make run` leaves."""
    portraits.link(ROOT / ".build" / "portraits")
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_the_commands_that_can_run_here_do(document, stack, at_home, capsys, tmp_path):
    typed = commands(document)
    assert typed
    for command in typed:
        here = command.replace("--local", f"--local {stack.state}").replace(".build/drawn.png", f"{tmp_path}/a.png")
        words = shlex.split(here)
        status = main(words[1:])
        out, err = capsys.readouterr()
        assert status == 0 and out, f"{command}: {err}"
    if "persons add ann" in " ".join(typed) and "persons remove ann" not in " ".join(typed):
        main(["persons", "remove", "ann", "--local", str(stack.state)])


@pytest.mark.parametrize("document", [*DOCUMENTS, "README.zh-CN.md"])
def test_the_front_pages_python_runs_without_settings(document, at_home, monkeypatch):
    for name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH", "VISAGE_MODELS"):
        monkeypatch.delenv(name, raising=False)
    for block in blocks():
        if block.document == document and block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as told:
                exec(compile(block.text, document, "exec"), {})
            assert told.getvalue().strip()
