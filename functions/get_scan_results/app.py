"""ImageAsyncScanResults: the results of asynchronous scans."""

from typing import Any

from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.scans.async_scan import results


@green_operation("ImageAsyncScanResults", body=list)
def handler(call: GreenCall) -> list[dict[str, Any]]:
    return results(call)
