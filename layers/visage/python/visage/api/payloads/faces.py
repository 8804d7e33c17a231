"""AddFaces, GetFaces and DeleteFaces on the wire.

A face's id is a number in `faceImageItems`, as in the contract's samples, and text in lists of ids. Our ids have 16
digits and are below 2^53, so every client reads them exactly, and as one type.
"""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK
from visage.api.errors import green_error
from visage.erasure.persons import remove_faces
from visage.errors import Reason, VisageError
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Person

NO_SUCH_FACE = "The person has no such face."


def failed_item(error: VisageError) -> dict[str, Any]:
    """The item of an image that was not enrolled."""
    code, message = green_error(error)
    return {"success": False, "code": code, "msg": message}


def face_items(library: Library, person: Person, wanted: list[str] | None) -> list[dict[str, Any]]:
    """The items of these faces, or of all, with a temporary link to each stored image."""
    images = FaceImages()
    items = []
    for face_id in person.faces if wanted is None else wanted:
        face = person.faces.get(face_id)
        item: dict[str, Any] = {"success": face is not None, "faceId": int(face_id)}
        if face is None:
            item["msg"] = NO_SUCH_FACE
        elif face.kept:
            item["url"] = images.link(image_key(library.name, person.born, face_id))
        items.append(item)
    return items


def deletion(library: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Remove the faces that a body names; return the response's data.

    An unknown face is no error. An unknown person is FACE_OWNER_UNKNOWN.
    """
    person_id, face_ids = fields.person_id(body), fields.face_ids(body)
    if face_ids is None:
        raise fields.invalid("faceIds must say which faces to remove.")
    try:
        removed = remove_faces(library, person_id, face_ids)
    except VisageError as error:
        if error.reason is Reason.PERSON_UNKNOWN:
            raise VisageError(Reason.FACE_OWNER_UNKNOWN) from error
        raise
    return {"code": OK, "personId": person_id, "faceIds": removed, "deleteCount": len(removed)}
