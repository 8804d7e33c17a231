"""Packs the changes of a library into its groups' snapshots, triggered by the table's stream."""

from collections.abc import Mapping
from typing import Any

from visage.gallery.upkeep.pack import pack_each


def handler(event: Mapping[str, Any], _context: Any) -> None:
    keys = (record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"])
    pack_each({key.partition("#")[2] for key in keys})
