"""Which Python makes a bundle's bytecode."""

import subprocess
from pathlib import Path

from tests.template.document import ROOT


def told(home: Path, **settings: str) -> str:
    """What layers/bytecode.mk does where uv finds no Python 3.13, with this home."""
    makefile = home / "Makefile"
    makefile.write_text(f"include {ROOT}/layers/bytecode.mk\nall:\n\t$(call add_bytecode,/opt)\n")
    command = ["make", "--no-print-directory", "-f", str(makefile), "--dry-run", "UV=false", "ARTIFACTS_DIR=built"]
    command += [f"PYENV_ROOT={home}/.pyenv"]
    command += [f"{name}={value}" for name, value in settings.items()]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_a_python_of_pyenv_is_found_even_if_it_is_not_chosen(tmp_path):
    python = tmp_path / ".pyenv/versions/3.13.7/bin/python3.13"
    python.parent.mkdir(parents=True)
    python.touch()
    assert told(tmp_path).split()[:3] == [str(python), "-m", "compileall"]


def test_the_one_that_is_named_comes_first(tmp_path):
    assert told(tmp_path, PYTHON313="/opt/python3.13").split()[:3] == ["/opt/python3.13", "-m", "compileall"]


def test_without_one_it_is_said(tmp_path):
    assert "No Python 3.13 here" in told(tmp_path)
