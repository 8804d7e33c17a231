"""Re-embeds the faces of a group with the current model."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np
from botocore.exceptions import ClientError

from visage.errors import Reason, VisageError
from visage.faces.detection.detect import detect_largest
from visage.faces.recognition.embed import embed, version
from visage.gallery.index.view import GroupView
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Person, StoredFace
from visage.media.decode import decode
from visage.media.limits import GREEN

_PAGE = 100


class Outcome(Enum):
    """What happened to a face."""

    DONE = "embedded again"
    CURRENT = "already embedded by this model"
    NOT_KEPT = "its image was not kept"
    LOST = "its image no longer exists"
    UNREADABLE = "no face found in its image"
    GONE = "removed meanwhile"

    @property
    def impossible(self) -> bool:
        """Whether the face keeps another model's embedding."""
        return self in (Outcome.NOT_KEPT, Outcome.LOST, Outcome.UNREADABLE)


@dataclass(frozen=True, slots=True)
class Reembedded:
    """A face that was processed."""

    person_id: str
    face_id: str
    outcome: Outcome


def reembed(library: Library, group: GroupView) -> Iterator[Reembedded]:
    """Re-embed every face of a group with this process's model, from its kept image; yield each when it is done.

    It may stop anywhere and be started again: finished faces are recognised by their model's version. Persons added
    meanwhile are enrolled with the deployment's model; persons who leave are skipped.
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
