"""ImageAsyncScanResults: the results of asynchronous scans."""

from typing import Any

from visage.api.async_scan import results
from visage.api.green import GreenCall
from visage.api.operation import green_operation


@green_operation("ImageAsyncScanResults", body=list)
def handler(call: GreenCall) -> list[dict[str, Any]]:
    return results(call)
