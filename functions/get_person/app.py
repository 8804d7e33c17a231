"""GetPerson: a person's name, note, groups and faces."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.gallery.persons.store import Library


@green_operation("GetPerson")
def handler(call: GreenCall) -> Mapping[str, Any]:
    person = Library(call.library).person(fields.person_id(call.body))
    return {
        "code": OK,
        "personId": person.id,
        "name": person.name,
        "groupIds": sorted(person.groups),
        "faceIds": list(person.faces),
        "note": person.note,
    }
