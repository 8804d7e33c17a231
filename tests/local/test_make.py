"""How `make run` starts the local stack."""

import subprocess

from tests.conftest import ROOT


def test_parameters_reach_the_stack_one_by_one():
    command = ["make", "--dry-run", "--always-make", "run", "PARAMETERS=SuccessCode=200 PrivateAddresses=127.0.0.1"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "--parameter SuccessCode=200 --parameter PrivateAddresses=127.0.0.1" in said
