"""ImageSyncScan: scans images for the requested scenes."""

from typing import Any

from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.scans.scan import scan
from visage.api.scans.scenes import SCENES


@green_operation("ImageSyncScan")
def handler(call: GreenCall) -> list[dict[str, Any]]:
    return scan(call.library, call.body, SCENES)
