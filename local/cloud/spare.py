"""Spares moto what nothing here asks of it."""

import importlib
import sys
from importlib.util import find_spec
from types import ModuleType
from typing import Any

_EC2 = "moto.ec2"


def spare_ec2() -> None:
    """Let moto's Parameter Store import EC2 when it looks into it, which it does to run commands on machines alone: the
    list of all machines that Amazon has takes a second. A second call, or one too late, does nothing."""
    if _EC2 not in sys.modules and (spec := find_spec(_EC2)):
        package = ModuleType(_EC2)
        package.__path__ = spec.submodule_search_locations
        package.ec2_backends = _Later()
        sys.modules[_EC2] = package


class _Later:
    def __getitem__(self, account: str) -> Any:
        return importlib.import_module(f"{_EC2}.models").ec2_backends[account]
