"""DeleteGroups: removes a person from groups; deletes no group."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.gallery.persons.store import Library


@green_operation("DeleteGroups", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    person = Library(call.library).leave(fields.person_id(call.body), fields.group_ids(call.body))
    return {"code": OK, "personId": person.id, "groupIds": sorted(person.groups)}
