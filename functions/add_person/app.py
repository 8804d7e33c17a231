"""AddPerson: creates a person, and its groups if they do not exist."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.gallery.persons.store import Library


@green_operation("AddPerson", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    person_id, group_ids = fields.person_id(call.body), fields.group_ids(call.body)
    name, note = fields.text(call.body, "name"), fields.text(call.body, "note")
    Library(call.library).add_person(person_id, group_ids, name or "", note or "")
    return {"code": OK, "personId": person_id, "groupIds": group_ids}
