"""Purges unused persons, and what late writers left of deleted persons, on a schedule."""

import time
from collections.abc import Mapping
from typing import Any

from visage.erasure.persons import sweep
from visage.erasure.retention import purge_unused
from visage.gallery.upkeep.steps import run_all
from visage.settings import settings

SECONDS = 840.0
"""Seconds after which the rest is left to the next run."""


def handler(event: Mapping[str, Any], _context: Any) -> None:
    now = time.monotonic()
    run_all([
        lambda: sweep(now + SECONDS / 2),
        lambda: purge_unused(settings().unused_days, event["id"], now + SECONDS),
    ])  # fmt: skip
