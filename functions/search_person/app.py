"""SearchPerson: 1:N search, who of a group is in an image."""

from typing import Any

from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.scans.scan import scan
from visage.api.scans.scenes import SEARCH, search_body


@green_operation("SearchPerson")
def handler(call: GreenCall) -> list[dict[str, Any]]:
    return scan(call.library, search_body(call.body), SEARCH)
