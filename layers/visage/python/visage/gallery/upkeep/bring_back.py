"""Brings persons into a library who were there before, or are in another one: with their faces, ids and images."""

import secrets
from collections.abc import Callable
from dataclasses import replace

from visage.errors import Reason, VisageError
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Person, StoredFace
from visage.media.formats.essence import bare

Image = Callable[[StoredFace], bytes | None]
"""Reads the image of a face; None where there is none any more."""


def bring_back(library: Library, person: Person, image: Image) -> bool:
    """Make a person of the library what `person` says, whoever has its id now; return whether anything changed.

    The person is born anew, so that what is still to be erased of a former one cannot meet its images. Faces whose
    image is gone are enrolled without one. Raises VisageError: CONTENDED when somebody else changes the person
    meanwhile, TOO_MANY_GROUPS.
    """
    now = library.persons([person.id]).get(person.id)
    if _same(now, person):
        return False
    born = secrets.token_hex(16)
    faces = {
        face.id: replace(face, kept=face.kept and _keep(library, born, face, image)) for face in person.faces.values()
    }
    wanted = replace(person, born=born, faces=faces)

    def put(found: Person | None) -> Person:
        if (found.stamp if found else "") != (now.stamp if now else ""):
            FaceImages().erase([image_key(library.name, born, "")])
            raise VisageError(Reason.CONTENDED)
        return wanted

    library.replace_person(person.id, put)
    return True


def differs(library: Library, person: Person) -> bool:
    """Whether `bring_back` would change anything."""
    return not _same(library.persons([person.id]).get(person.id), person)


def _keep(library: Library, born: str, face: StoredFace, image: Image) -> bool:
    """Store the image of a face; return whether there is one."""
    content = image(face)
    if content is None:
        return False
    FaceImages().put(image_key(library.name, born, face.id), *bare(content))
    return True


def _same(now: Person | None, person: Person) -> bool:
    return now is not None and _content(now) == _content(person)


def _content(person: Person) -> tuple[object, ...]:
    faces = [(face.id, face.embedding.tobytes(), face.model, face.origin) for face in person.faces.values()]
    return person.name, person.note, person.groups, faces
