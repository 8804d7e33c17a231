"""The documents: links lead somewhere, commands exist, and what is made of the code is up to date."""

import argparse
import json
import re
import shlex

import pytest

from catalogue import errors, reference
from cli.main import _parser
from tests.conftest import ROOT
from tests.support.documents import NOT_EXECUTED, blocks, links

BLOCKS = list(blocks())
COMMANDS = [(block.document, command) for block in BLOCKS for command in block.commands]
VISAGE = re.compile(r"(?:\.venv/bin/)?visage ")


@pytest.mark.parametrize("language", errors.FILES)
def test_the_error_catalogue_matches_the_code(language):
    assert errors.missing() == set(), "catalogue/remedies.toml says what to do about every reason"
    assert errors.FILES[language].read_text(encoding="utf-8") == errors.content(language), "python -m catalogue"


def test_the_reference_matches_the_openapi_document():
    assert reference.FILE.read_text(encoding="utf-8") == reference.content(), "python -m catalogue"


def test_every_link_leads_somewhere():
    assert [(name, str(target)) for name, target in links() if not target.exists()] == []


def test_the_front_pages_are_short_and_equal_in_commands():
    english, chinese = (ROOT / "README.md").read_text(), (ROOT / "README.zh-CN.md").read_text()
    assert max(english.count("\n"), chinese.count("\n")) <= 120
    for pair in (("README.md", "README.zh-CN.md"), ("docs/quickstart.md", "docs/quickstart.zh-CN.md")):
        ours, theirs = ([command for document, command in COMMANDS if document == name] for name in pair)
        assert ours == theirs and ours
    for numbers in (r"\d+\.\d+ %", r"\[\d+\.\d+ – \d+\.\d+\]"):
        assert sorted(re.findall(numbers, english)) == sorted(re.findall(numbers, chinese))


@pytest.mark.parametrize(("document", "command"), COMMANDS, ids=lambda value: value[:60])
def test_every_command_is_valid(document, command):
    """Those of `visage` are read by its parser; tests/contract/test_documents.py runs what can run here."""
    if VISAGE.match(command):
        words = shlex.split(re.sub(r"[…\[\]|<>]", "", VISAGE.sub("", command, count=1)))
        names = {name for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)
                 for name in action.choices}  # fmt: skip
        assert words[0] in names, f"{document}: there is no command {words[0]}"
        return
    assert any(re.match(start, command) for start in NOT_EXECUTED), f"{document}: {command!r} is not executed: why?"
    if target := re.match(r"make (\w[\w-]*)", command):
        assert re.search(rf"^{target[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "json"], ids=lambda b: b.document)
def test_json_blocks_are_valid(block):
    for text in re.split(r"\n(?=\{)", block.text.strip()):
        if "…" not in text:  # a shortened example is not valid JSON
            json.loads(text)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "python"], ids=lambda b: b.document)
def test_python_blocks_are_valid(block):
    compile(block.text, block.document, "exec")


def test_every_block_has_a_language():
    assert [block.document for block in BLOCKS if not block.language] == []
