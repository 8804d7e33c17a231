"""DeletePerson: a person with all its faces and their images."""

from collections.abc import Mapping
from typing import Any

from visage.api import fields
from visage.api.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.gallery.images import FaceImages, image_key
from visage.gallery.store import Library


@green_operation("DeletePerson", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    person = Library(call.library).delete_person(fields.person_id(call.body))
    # At once; the packer does it again, should this function be cut off here.
    FaceImages().erase([image_key(call.library, person.born, "")])
    return {"code": OK, "personId": person.id, "deleteCount": 1}
