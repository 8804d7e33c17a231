"""Processes uploaded objects: checks, enrols or scans them, depending on their keys."""

from collections.abc import Mapping
from typing import Any

from visage.api.intake import drops_of, take


def handler(event: Mapping[str, Any], _context: Any) -> list[str]:
    return [take(drop) for drop in drops_of(event)]
