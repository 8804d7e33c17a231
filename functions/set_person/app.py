"""SetPerson: changes a person's name and note; omitted fields stay unchanged."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.gallery.persons.store import Library


@green_operation("SetPerson", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    person_id = fields.person_id(call.body)
    Library(call.library).set_person(person_id, fields.text(call.body, "name"), fields.text(call.body, "note"))
    return {"code": OK, "personId": person_id}
