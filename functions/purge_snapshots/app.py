"""Removes deleted persons' data from the snapshots, on a schedule."""

from collections.abc import Mapping
from typing import Any

from visage.gallery.upkeep.purge import purge


def handler(_event: Mapping[str, Any], _context: Any) -> None:
    purge()
