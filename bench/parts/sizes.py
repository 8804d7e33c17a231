"""What is deployed, unzipped: builds it first."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from local.stack import ROOT

BUILT = ROOT / ".aws-sam" / "build"
PARTS = ("RuntimeLayer", "ModelsLayer", "VisageLayer", "RpcFunction")
WANTED = 120
"""MiB."""


def figures() -> Iterator[Figure]:
    built = subprocess.run(["make", "--quiet", "build"], cwd=ROOT, capture_output=True, text=True)
    if built.returncode:
        raise RuntimeError(f"make build: {(built.stderr.strip().splitlines() or ['it failed'])[-1]}")
    sizes = {part: _mebibytes(BUILT / part) for part in PARTS}
    yield Figure("function and its layers", sum(sizes.values()), "MiB", 1, WANTED, "the goal; Lambda takes 250", goal=1)
    for part, size in sizes.items():
        yield Figure(f"  of it: {part}", size, "MiB")
    bytecode = sum(_mebibytes(BUILT / part, "*.pyc") for part in PARTS)
    yield Figure("  of it: bytecode, where the machine has Python 3.13", bytecode, "MiB")


def _mebibytes(folder: Path, pattern: str = "*") -> float:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file()) / 2**20
