"""Leaves out of moto what no request here can reach."""

import sys
from types import ModuleType


def leave_out_ec2() -> None:
    """Parameter Store asks EC2 only about the machines of a SendCommand, which nothing here sends; imported,
    EC2's tables of machine types take 100 MiB and more than a second."""
    if "moto.ec2" not in sys.modules:
        absent = ModuleType("moto.ec2", leave_out_ec2.__doc__)
        absent.ec2_backends = {}  # type: ignore[attr-defined]
        sys.modules["moto.ec2"] = absent
