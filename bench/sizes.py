"""Sizes of what is deployed, unzipped."""

from collections.abc import Iterator
from pathlib import Path

from bench.report import Row
from local.stack import ROOT

BUILT = ROOT / ".aws-sam" / "build"
PARTS = ("RuntimeLayer", "ModelsLayer", "VisageLayer", "RpcFunction")


def rows() -> Iterator[Row]:
    """Sizes after the last `make build`."""
    sizes = {part: _mebibytes(BUILT / part) for part in PARTS}
    for part, size in sizes.items():
        yield Row(f"unzipped: {part}", size, "MiB")
    yield Row("unzipped: function and layers", sum(sizes.values()), "MiB", of="(limit 150)")


def _mebibytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
