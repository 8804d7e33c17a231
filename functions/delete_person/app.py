"""DeletePerson: deletes a person with all its faces and their images."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.erasure.persons import delete_person


@green_operation("DeletePerson", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    person = delete_person(call.library, fields.person_id(call.body))
    return {"code": OK, "personId": person.id, "deleteCount": 1}
