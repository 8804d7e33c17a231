"""Gives the faces of a group what another model makes of their images."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
from botocore.exceptions import ClientError

from visage.errors import Reason, VisageError
from visage.faces.detect import detect_largest
from visage.faces.embed import embed, version
from visage.gallery.index.view import GroupView
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Person, StoredFace
from visage.media.decode import decode
from visage.media.limits import GREEN

_PAGE = 100


class Outcome(Enum):
    """What has become of a face."""

    DONE = "embedded again"
    CURRENT = "is this model's already"
    NOT_KEPT = "its image was not kept"
    LOST = "its image is not there any more"
    UNREADABLE = "no face is found in its image"
    GONE = "was removed meanwhile"

    @property
    def impossible(self) -> bool:
        """Whether the face stays as another model made it."""
        return self in (Outcome.NOT_KEPT, Outcome.LOST, Outcome.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Reembedded:
    """A face that has been looked at."""

    person_id: str
    face_id: str
    outcome: Outcome


def reembed(library: Library, group: GroupView) -> Iterator[Reembedded]:
    """Embeds every face of a group anew by this process's model, from its kept image; each as it is done.

    It may end anywhere and begin again: what is done is known by its model's version. Persons who come meanwhile are
    enrolled by the deployment's model, those who leave are passed over.
    """
    after: str | None = None
    while ids := group.persons(after, _PAGE):
        persons = library.persons(ids)
        for person_id in ids:
            if person := persons.get(person_id):
                for face in person.faces.values():
                    yield Reembedded(person.id, face.id, _reembed(library, person, face))
        after = ids[-1]


def _reembed(library: Library, person: Person, face: StoredFace) -> Outcome:
    if face.model == version():
        return Outcome.CURRENT
    if not face.kept:
        return Outcome.NOT_KEPT
    try:
        image = FaceImages().read(image_key(library.name, person.born, face.id))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return Outcome.LOST
    embedding = _embedding(image)
    if embedding is None:
        return Outcome.UNREADABLE
    try:
        now = library.replace_embedding(person, face.id, embedding, version())
    except VisageError as error:
        if error.reason is not Reason.PERSON_UNKNOWN:
            raise
        return Outcome.GONE
    return Outcome.DONE if face.id in now.faces else Outcome.GONE


def _embedding(image: bytes) -> np.ndarray | None:
    try:
        pixels = decode(image, GREEN).pixels
    except VisageError:
        return None
    face = detect_largest(pixels)
    return None if face is None else embed(pixels, face)
