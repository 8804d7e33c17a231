"""GetPersons: the persons of a group, page by page."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.paging import Page
from visage.gallery.index.view import view


@green_operation("GetPersons")
def handler(call: GreenCall) -> Mapping[str, Any]:
    group_id, page = fields.group_id(call.body), Page.of(call.body)
    return page.data(view(call.library, group_id))
