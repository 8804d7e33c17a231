"""ImageAsyncScan: queues images to be scanned asynchronously."""

from typing import Any

from visage.api.async_scan import submit
from visage.api.green import GreenCall
from visage.api.operation import green_operation


@green_operation("ImageAsyncScan", writes=True)
def handler(call: GreenCall) -> list[dict[str, Any]]:
    return submit(call)
