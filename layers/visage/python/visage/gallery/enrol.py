"""Enrols face images for a person: each image independently, at most once, and not where it is another person's
face."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.enrolment import usable_face
from visage.faces.recognition.embed import embed, version
from visage.faces.recognition.identification import hit_scores, search_thresholds
from visage.gallery.index.view import view
from visage.gallery.persons import usage
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import FACES, Person, StoredFace
from visage.media.decode import decode
from visage.media.formats.essence import bare
from visage.media.limits import GREEN
from visage.media.sources import load_each
from visage.settings import settings

SAME_IMAGE = 0.93
"""Similarity from which two images of one person count as copies of one image; training/NOTES.md has the rates."""
CONFLICT_RATE = "0.0001"
"""FMR of the conflict check: the share of strangers that is taken for somebody in the group."""
_REFUSED = {Reason.PERSON_UNKNOWN, Reason.TOO_MANY_FACES}
"""After these errors the face is certainly not stored. A write that stayed CONTENDED may have been done after all."""
_FACE_IDS = range(10**15, 2**53)
"""16-digit numbers below 2**53, which clients that parse numbers as floats read exactly. The official Node client turns
numbers of more than 15 digits into text; with a fixed length every client gets ids of one type."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Another person whose face matches an enrolled one."""

    group_id: str
    person_id: str
    face_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The face that an image was enrolled as, by this call or by an earlier one."""

    face_id: str
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The result of a whole call."""

    person: Person
    outcomes: tuple[Enrolled | VisageError, ...]
    """One per image, in the order given."""

    @property
    def face_ids(self) -> tuple[str, ...]:
        """The face ids of all images that were enrolled."""
        return tuple(outcome.face_id for outcome in self.outcomes if isinstance(outcome, Enrolled))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """The conflicts of all images that were enrolled."""
        return tuple(each for outcome in self.outcomes if isinstance(outcome, Enrolled) for each in outcome.conflicts)


def enrol(library: Library, person_id: str, urls: Sequence[str], name: str | None, until: float) -> Enrolment:
    """Add the faces in the images at these URLs to a person. An image that fails does not affect the others.

    `name` is the client's name for this request: under one name nothing is added twice. Images whose processing has not
    begun by `until` (time.monotonic) fail with OUT_OF_TIME.

    Raises VisageError: PERSON_UNKNOWN, or MODEL_CHANGED when a face of the person or its groups comes from another
    model.
    """
    enroller = _Enroller(library, library.person(person_id))
    outcomes: list[Enrolled | VisageError] = []
    for index, image in enumerate(_in_order(load_each(urls, GREEN, library.name, until), len(urls))):
        origin = f"{name}#{index}" if name else ""
        try:
            outcomes.append(enroller.add(_loaded(image if time.monotonic() < until else None), origin))
        except VisageError as error:
            if error.reason is Reason.MODEL_CHANGED:
                raise
            outcomes.append(error)
    return Enrolment(enroller.person, tuple(outcomes))


def enrol_image(library: Library, group_id: str, person_id: str, image: bytes, requested_at: float) -> Enrolment:
    """Add the face in an image to a person of a group; create the person and the group if they do not exist.

    The image is identified by its content, so sending it again adds nothing. `requested_at`: when it was sent (epoch
    seconds).

    Raises VisageError with what is wrong with the image, and then nothing was created; or with what is wrong with the
    library or the person: PERSON_UNKNOWN when the person was deleted after `requested_at`.
    """
    origin, embedding = image_origin(image), _embedding(image)
    enroller = _Enroller(library, library.upsert(person_id, [group_id], requested_at))
    outcome = enroller.existing(origin) or enroller.enrol_embedding(image, embedding, origin)
    return Enrolment(enroller.person, (outcome,))


def image_origin(image: bytes) -> str:
    """The origin of an image that came without a request name; no request can produce this one."""
    return f"sha256:{hashlib.sha256(image).hexdigest()}"


def _embedding(image: bytes) -> np.ndarray:
    pixels = decode(image, GREEN).pixels
    return embed(pixels, usable_face(pixels, covered=settings().enrol_covered))


def _in_order(
    arriving: Iterator[tuple[int, bytes | VisageError]], count: int
) -> Iterator[bytes | VisageError | None]:
    """So many images in order, each as soon as it and those before it have arrived; None for what does not arrive.

    While one is enrolled the others are fetched.
    """
    early: dict[int, bytes | VisageError] = {}
    for index in range(count):
        while index not in early and (arrived := next(arriving, None)):
            early.update([arrived])
        yield early.pop(index, None)


def _loaded(image: bytes | VisageError | None) -> bytes:
    if image is None:
        raise VisageError(Reason.OUT_OF_TIME)
    if isinstance(image, VisageError):
        raise image
    return image


class _Enroller:
    """Adds images one by one to a person and checks the person's groups for conflicts."""

    def __init__(self, library: Library, person: Person) -> None:
        if any(face.model != version() for face in person.faces.values()):
            raise VisageError(Reason.MODEL_CHANGED)
        self.person = person
        self._library = library
        self._groups = {group_id: view(library.name, group_id) for group_id in sorted(person.groups)}

    def add(self, image: bytes, origin: str) -> Enrolled:
        """Enrol the face in an image. Raises VisageError with what is wrong with the image or the person."""
        return self.existing(origin) or self.enrol_embedding(image, _embedding(image), origin)

    def existing(self, origin: str) -> Enrolled | None:
        """The face that an image of this origin was enrolled as before, if any."""
        faces = self.person.faces.values() if origin else ()
        return next((Enrolled(face.id) for face in faces if face.origin == origin), None)

    def enrol_embedding(self, image: bytes, embedding: np.ndarray, origin: str) -> Enrolled:
        """Enrol an embedding. Raises VisageError with what is wrong with the person, or FACE_CONFLICT."""
        is_copy = _copy_of(embedding)
        existing = next(filter(is_copy, self.person.faces.values()), None)
        if existing is not None:
            return Enrolled(existing.id)
        if len(self.person.faces) >= FACES:
            raise VisageError(Reason.TOO_MANY_FACES, f"A person may have {FACES} faces.")
        conflicts = tuple(self._conflicts(embedding))
        if conflicts and settings().strict_enrolment:
            raise VisageError(Reason.FACE_CONFLICT, f"The face matches person {conflicts[0].person_id}.")
        face = StoredFace(
            id=_face_id(self.person, image),
            embedding=embedding,
            model=version(),
            origin=origin,
            kept=settings().keep_images,
        )
        enrolled = Enrolled(self._store(face, image, is_copy), conflicts)
        usage.mark(self._library.name, [self.person.id])
        return enrolled

    def _conflicts(self, embedding: np.ndarray) -> Iterator[Conflict]:
        """In each group, the other person most similar to an embedding, if the score reaches the conflict threshold."""
        for group_id, group in self._groups.items():
            (matches,) = group.search(embedding[None], 2, model=version())
            threshold = search_thresholds(group.faces)[CONFLICT_RATE]
            scores = hit_scores(embedding, [match.embedding for match in matches])
            for match, score in zip(matches, scores, strict=True):
                if match.person_id != self.person.id and score >= threshold:
                    yield Conflict(group_id, match.person_id, match.face_id, score)
                    break

    def _store(self, face: StoredFace, image: bytes, is_copy: Callable[[StoredFace], bool]) -> str:
        """Store the face and return its id: its own, or that of the same face added by a concurrent call.

        The image is written before the face. A call that dies in between leaves an image behind, and a retry finds it
        under the same key.
        """
        key = image_key(self._library.name, self.person.born, face.id)
        if face.kept:
            FaceImages().put(key, *bare(image))
        try:
            self.person = self._library.add_face(self.person, face, is_copy)
        except VisageError as error:
            if face.kept and error.reason in _REFUSED:
                FaceImages().erase([key])
            raise
        if face.id in self.person.faces:
            return face.id
        if face.kept:
            FaceImages().erase([key])
        existing = self.person.faces.values()
        return next(each.id for each in existing if (face.origin and each.origin == face.origin) or is_copy(each))


def _copy_of(embedding: np.ndarray) -> Callable[[StoredFace], bool]:
    return lambda face: float(face.embedding @ embedding) >= SAME_IMAGE


def _face_id(person: Person, image: bytes) -> str:
    """The id of a new face: the same for the same image and state of the person, never reused after the person changes.

    So a call that died is retried under the same id, and an image that is being erased is never mistaken for that of a
    face added later.
    """
    digest = hashlib.sha256(b"%b %b " % (person.born.encode(), person.stamp.encode()) + image).digest()
    return str(_FACE_IDS[int.from_bytes(digest, "big") % len(_FACE_IDS)])
