"""GetFaces: a person's faces, with links to their images."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.faces import face_items
from visage.gallery.persons.store import Library


@green_operation("GetFaces")
def handler(call: GreenCall) -> Mapping[str, Any]:
    library, face_ids = Library(call.library), fields.face_ids(call.body)
    person = library.person(fields.person_id(call.body))
    return {"code": OK, "faceImageItems": face_items(library, person, face_ids)}
