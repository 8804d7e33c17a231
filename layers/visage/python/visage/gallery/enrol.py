"""Enrols images of a person: each on its own, once, and not where it is another person's."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from visage.errors import Reason, VisageError
from visage.faces.compare import calibration
from visage.faces.embed import embed, version
from visage.faces.enrolment import usable_face
from visage.faces.identification import search_thresholds
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

SAME_IMAGE = 0.985
"""The similarity from which on two images of one person are copies of one; training/NOTES.md has the rates."""
CONFLICT_RATE = "0.0001"
"""Of strangers, this share is taken for somebody of the group."""
_REFUSED = {Reason.PERSON_UNKNOWN, Reason.TOO_MANY_FACES}
"""After these the face is certainly not there; a write that was CONTENDED to the end may have been done after all."""
_FACE_IDS = range(10**15, 2**53)
"""Numbers of 16 digits that clients which know floats alone read exactly. Node's official client makes text of numbers
of more than 15 digits, so each client gets ids of one type."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A face of another person that an enrolled one is like."""

    group_id: str
    person_id: str
    face_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an image has become, or had become before."""

    face_id: str
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A whole call's outcome."""

    person: Person
    outcomes: tuple[Enrolled | VisageError, ...]
    """For each image, in the order given."""

    @property
    def face_ids(self) -> tuple[str, ...]:
        """Of all images that were enrolled."""
        return tuple(outcome.face_id for outcome in self.outcomes if isinstance(outcome, Enrolled))

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """Of all images that were enrolled."""
        return tuple(each for outcome in self.outcomes if isinstance(outcome, Enrolled) for each in outcome.conflicts)


def enrol(library: Library, person_id: str, urls: Sequence[str], name: str | None, until: float) -> Enrolment:
    """Add the faces in the images at these addresses to a person; images that fail leave the others alone.

    `name` is what the client calls this request: under the same name nothing is added twice. Images that have not
    begun by `until` (time.monotonic) fail with OUT_OF_TIME.
    Raises VisageError: PERSON_UNKNOWN, or MODEL_CHANGED when the person's or its groups' faces are another model's.
    """
    enroller = _Enroller(library, library.person(person_id))
    images = dict(load_each(urls, GREEN, library.name, until))
    outcomes: list[Enrolled | VisageError] = []
    for index in range(len(urls)):
        image = images.pop(index, None) if time.monotonic() < until else None
        origin = f"{name}#{index}" if name else ""
        try:
            outcomes.append(enroller.add(_arrived(image), origin))
        except VisageError as error:
            if error.reason is Reason.MODEL_CHANGED:
                raise
            outcomes.append(error)
    return Enrolment(enroller.person, tuple(outcomes))


def enrol_image(library: Library, group_id: str, person_id: str, image: bytes, asked: float) -> Enrolment:
    """Add the face in an image to a person of a group; both come to be where they do not exist.

    The image is known by its content, and adds nothing again. `asked`: when it was sent (epoch seconds). Raises
    VisageError with what is wrong with it, and then nobody has come to be; or with what is wrong with the library or
    the person, PERSON_UNKNOWN where that one was deleted since.
    """
    origin, embedding = image_origin(image), _embedding(image)
    enroller = _Enroller(library, library.enter(person_id, [group_id], asked))
    outcome = enroller.known(origin) or enroller.place(image, embedding, origin)
    return Enrolment(enroller.person, (outcome,))


def image_origin(image: bytes) -> str:
    """What an image is called that came with no request, and so without a name; no request can have this one."""
    return f"sha256:{hashlib.sha256(image).hexdigest()}"


def _embedding(image: bytes) -> np.ndarray:
    pixels = decode(image, GREEN).pixels
    return embed(pixels, usable_face(pixels, covered=settings().enrol_covered))


def _arrived(image: bytes | VisageError | None) -> bytes:
    if image is None:
        raise VisageError(Reason.OUT_OF_TIME)
    if isinstance(image, VisageError):
        raise image
    return image


class _Enroller:
    """Adds one image after the other to a person, whose groups it looks through for others who are alike."""

    def __init__(self, library: Library, person: Person) -> None:
        if any(face.model != version() for face in person.faces.values()):
            raise VisageError(Reason.MODEL_CHANGED)
        self.person = person
        self._library = library
        self._groups = {group_id: view(library.name, group_id) for group_id in sorted(person.groups)}

    def add(self, image: bytes, origin: str) -> Enrolled:
        """Raises VisageError with what is wrong with the image or the person."""
        return self.known(origin) or self.place(image, _embedding(image), origin)

    def known(self, origin: str) -> Enrolled | None:
        """What an image of this origin has become before."""
        faces = self.person.faces.values() if origin else ()
        return next((Enrolled(face.id) for face in faces if face.origin == origin), None)

    def place(self, image: bytes, embedding: np.ndarray, origin: str) -> Enrolled:
        """Raises VisageError with what is wrong with the person, or with whom it is like."""
        alike = _copies(embedding)
        known = next(filter(alike, self.person.faces.values()), None)
        if known is not None:
            return Enrolled(known.id)
        if len(self.person.faces) >= FACES:
            raise VisageError(Reason.TOO_MANY_FACES, f"A person may have {FACES} faces.")
        conflicts = tuple(self._conflicts(embedding))
        if conflicts and settings().strict_enrolment:
            raise VisageError(Reason.FACE_CONFLICT, f"It is like person {conflicts[0].person_id}.")
        face = StoredFace(
            id=_face_id(self.person, image),
            embedding=embedding,
            model=version(),
            origin=origin,
            kept=settings().keep_images,
        )
        enrolled = Enrolled(self._store(face, image, alike), conflicts)
        usage.mark(self._library.name, [self.person.id])
        return enrolled

    def _conflicts(self, embedding: np.ndarray) -> Iterator[Conflict]:
        """In each group, the other person that an embedding is most like, if it is too much so."""
        for group_id, group in self._groups.items():
            (matches,) = group.search(embedding[None], 2, model=version())
            threshold = search_thresholds(group.faces, embedding)[CONFLICT_RATE]
            for match in matches:
                score = calibration().score(match.similarity)
                if match.person_id != self.person.id and score >= threshold:
                    yield Conflict(group_id, match.person_id, match.face_id, score)
                    break

    def _store(self, face: StoredFace, image: bytes, alike: Callable[[StoredFace], bool]) -> str:
        """The id under which the face is stored: its own, or another one's whom a call at the same time has added.

        The image lies at its place before the face is there: who dies in between leaves an image behind, which the
        same call, repeated, finds at the same place.
        """
        key = image_key(self._library.name, self.person.born, face.id)
        if face.kept:
            FaceImages().put(key, *bare(image))
        try:
            self.person = self._library.add_face(self.person, face, alike)
        except VisageError as error:
            if face.kept and error.reason in _REFUSED:
                FaceImages().erase([key])
            raise
        if face.id in self.person.faces:
            return face.id
        if face.kept:
            FaceImages().erase([key])
        known = self.person.faces.values()
        return next(each.id for each in known if (face.origin and each.origin == face.origin) or alike(each))


def _copies(embedding: np.ndarray) -> Callable[[StoredFace], bool]:
    return lambda face: float(face.embedding @ embedding) >= SAME_IMAGE


def _face_id(person: Person, image: bytes) -> str:
    """The same for the same image and the same state of the person, and never again once the person has changed.

    So a call that died is repeated under the same id, and an image that is being erased is not mistaken for that of a
    face added after it.
    """
    digest = hashlib.sha256(b"%b %b " % (person.born.encode(), person.stamp.encode()) + image).digest()
    return str(_FACE_IDS[int.from_bytes(digest, "big") % len(_FACE_IDS)])
