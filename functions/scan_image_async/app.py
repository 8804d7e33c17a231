"""ImageAsyncScan: queues images to be scanned asynchronously."""

from typing import Any

from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.scans.async_scan import submit


@green_operation("ImageAsyncScan", writes=True)
def handler(call: GreenCall) -> list[dict[str, Any]]:
    return submit(call)
