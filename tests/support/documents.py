"""The code blocks of the documents, and why some of their commands are not executed by tests."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import ROOT

_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)

NOT_EXECUTED = {
    r"make run\b": "tests/local/test_serve.py starts and stops the stack",
    r"make demo\b": "it is the whole of the contract tests once more; .ci/run and the authors run it",
    r"make test\b": "this is it",
    r"make deploy\b": "needs an AWS account",
    r"make accuracy\b": "tests/accuracy/test_evaluation.py evaluates a folder",
    r"aws \b|for name in \$\(aws\b|former=\$\(aws\b|done$": "needs an AWS account",
    r"\.venv-sam/bin/sam package\b": "needs a bucket of an AWS account",
    r"rm -r parcel$": "deletes what `visage export` wrote: tests/local/test_procedures.py",
    r"curl -F\b": "tests/contract/test_uploads.py posts the form",
    r"export VISAGE_": "sets what tests/contract/test_examples.py gives the samples",
    r"\.venv/bin/python -m local invoke\b": "tests/local/test_invoke.py invokes every event",
}
"""Commands by how they begin: why they are not executed here. Those of `visage` are read by its own parser."""

_PICTURES = ("CONTRIBUTING.md", "docs/scans.md", "docs/operations.md")
"""Documents whose blocks without a language are drawings, or what a program prints."""


@dataclass(frozen=True, slots=True)
class Block:
    """One code block."""

    document: str
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """The lines of a shell's block, without comments; continued lines are one."""
        if self.language not in ("sh", "bash"):
            return []
        lines = self.text.replace("\\\n", " ").splitlines()
        return [command for line in lines if (command := re.sub(r"(^|\s)#\s.*", "", line).strip())]


def blocks() -> Iterator[Block]:
    """Of every document of the repository."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split():
        if name.startswith(("layers/models/cards", "tests/")):
            continue
        for found in _BLOCK.finditer((ROOT / name).read_text(encoding="utf-8")):
            if found[1] or name not in _PICTURES:
                yield Block(name, found[1], found[2])


def links() -> Iterator[tuple[str, Path]]:
    """Relative links of every document, and where they lead."""
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.split():
        text = re.sub(_BLOCK, "", (ROOT / name).read_text(encoding="utf-8"))
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            there = (ROOT / name).parent / target
            pictures = there.is_relative_to(ROOT / "docs" / "console")  # made by a command of the console's
            if "://" not in target and not target.startswith("mailto:") and not pictures:
                yield name, there
