"""What a library stores, as its operations return it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy is an eighth of a cold start, and listing groups needs none
    import numpy as np

GROUPS = 100
"""The most groups of a library."""
FACES = 20
"""The most faces of a person."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredFace:
    """One enrolled face."""

    id: str
    """A number of at most 19 digits, as text, because a float cannot hold it exactly."""
    embedding: np.ndarray = field(repr=False)
    """float32 (128,), of length 1."""
    model: str
    """`visage.faces.recognition.embed.version()` of the model that made the embedding."""
    origin: str
    """The client's name for the enrolment, which identifies a repeated call; "" where it had none."""
    kept: bool
    """Whether the image is stored in the face bucket."""


@dataclass(frozen=True, slots=True, eq=False)
class Person:
    """A person as one item of the table: a reader sees all of a change or nothing of it."""

    id: str
    born: str
    """Distinguishes this person from an earlier one with the same id; prefix of the keys of its images."""
    stamp: str
    """Differs after every change."""
    name: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    groups: frozenset[str] = frozenset()
    faces: Mapping[str, StoredFace] = field(default_factory=dict)
    """By id, in the order in which they were added."""


@dataclass(frozen=True, slots=True)
class Change:
    """A person whose current state is not in the groups' snapshots yet."""

    person_id: str
    stamp: str
    """The person's stamp after its last change; a new one after a deletion."""
    touched: frozenset[str]
    """Groups that the person was in before or after any change since the last snapshot."""
    erase: frozenset[str]
    """Keys of images that belong to no face any more; one that ends in "/" stands for everything below it."""
    removed: frozenset[str] = frozenset()
    """Ids of faces that the person had before any change since the last snapshot and no longer has."""
    gone: bool = False
    """Whether the last change deleted the person."""

    def describes(self, person: Person | None) -> bool:
        """Whether `person`, as it was read (None: not found), is the result of the last change.

        The rows of a transaction become visible one after the other, so a person read after its change may still be the
        old one. Only a person that the change describes may settle it or be cached.
        """
        return self.gone if person is None else self.stamp == person.stamp


@dataclass(frozen=True, slots=True)
class Match:
    """A person of a group that is similar to a probe, with the most similar of the person's faces."""

    person_id: str
    face_id: str
    similarity: float
    """Cosine similarity of the two embeddings in float32, -1 to 1."""
    embedding: np.ndarray = field(repr=False, compare=False)
    """That face's, float32 (128,)."""
    name: str
    note: str
