"""GetGroups: the library's groups."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.gallery.persons.store import Library


@green_operation("GetGroups")
def handler(call: GreenCall) -> Mapping[str, Any]:
    return {"code": OK, "groupIds": Library(call.library).groups()}
