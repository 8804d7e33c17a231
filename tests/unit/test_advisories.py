"""`make audit`: its outcome without findings, with findings, and if the service is unavailable."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import SimpleNamespace

import pytest

from tests.conftest import ROOT

_SPEC = spec_from_file_location("advisories", ROOT / "requirements" / "audit.py")
audit = module_from_spec(_SPEC)
_SPEC.loader.exec_module(audit)

CLEAN = (0, "", "No known vulnerabilities found\n")
FAULTY = (1, "Name Version ID\nlib  1.0     PYSEC-1\n", "Found 1 known vulnerability in 1 package\n")
ALONE = (1, "", "ERROR:pip_audit._cli:uv: Dependency not found on PyPI and could not be audited: uv (0.13.8)\n")


@pytest.mark.parametrize(
    ("told", "code", "said"),
    [
        (CLEAN, 0, "requirements/uv.txt: No known vulnerabilities found"),
        (FAULTY, 1, "PYSEC-1"),
        (ALONE, 2, "PyPI's advisories could not be read from here"),
    ],
)
def test_each_outcome_has_its_exit_status_and_message(told, code, said, monkeypatch, capsys):
    returncode, stdout, stderr = told
    answer = SimpleNamespace(returncode=returncode, stdout=stdout, stderr=stderr)
    monkeypatch.setattr(subprocess, "run", lambda *_arguments, **_options: answer)
    monkeypatch.setattr(sys, "argv", ["audit", "uv"])
    assert audit.main() == code
    assert said in "".join(capsys.readouterr())


def test_every_lock_file_is_checked_except_those_for_training_browsing_and_comparison():
    locked = {path.stem for path in (ROOT / "requirements").glob("*.txt")}
    assert locked - set(audit.NAMES) == {"browser", "peers", "train"}
