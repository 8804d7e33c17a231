"""What a library holds, as its operations hand it to each other and to the outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

GROUPS = 100
"""Groups that a library may have."""
FACES = 20
"""Faces that a person may have."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredFace:
    """One enrolled face."""

    id: str
    """A number of at most 19 digits, as text: it exceeds what a float holds exactly."""
    embedding: np.ndarray = field(repr=False)
    """float32 (256,), of length one."""
    model: str
    """`visage.faces.embed.version()` of what made the embedding."""
    origin: str
    """What the enrolment was called by its client, so that a repeated call is known again; "" where it had no name."""
    kept: bool
    """Whether the image lies in the face bucket."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A person as one item of the table: whoever reads it sees all of a change or nothing."""

    id: str
    born: str
    """Tells this person from an earlier one of the same id; the images lie below it."""
    stamp: str
    """Another one after every change."""
    name: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    groups: frozenset[str] = frozenset()
    faces: Mapping[str, StoredFace] = field(default_factory=dict)
    """By id, in the order in which they were added."""


@dataclass(frozen=True, slots=True)
class Change:
    """A person that the groups' snapshots do not know as it is now."""

    person_id: str
    stamp: str
    """The person's stamp after its last change; one of its own after a deletion."""
    touched: frozenset[str]
    """Groups that the person was in before or after any of the changes since the last snapshot."""
    erase: frozenset[str]
    """Keys of images that belong to no face any more; one that ends in "/" stands for all below it."""
    removed: frozenset[str] = frozenset()
    """Ids of faces that the person had before any of the changes since the last snapshot, and has no more."""
    gone: bool = False
    """Whether the last change was the person's deletion."""

    def describes(self, person: Person | None) -> bool:
        """Whether `person`, as it was read (None: not found), is what the last change made of it.

        The rows of a transaction become visible one after the other: a person that is read after its change was may
        still be the one before. Nothing but what a change describes may settle it, or be kept for a later reading.
        """
        return self.gone if person is None else self.stamp == person.stamp


@dataclass(frozen=True, slots=True)
class Match:
    """A person of a group that a probe is like, by the most similar of the person's faces."""

    person_id: str
    face_id: str
    similarity: float
    """The dot product of both embeddings in float32, -1 to 1."""
    name: str
    note: str
