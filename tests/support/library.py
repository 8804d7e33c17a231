"""Helpers for tests of the face library: faces, persons, and a library's whole content."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from tests.support import stores
from visage import aws
from visage.errors import VisageError
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Person, StoredFace
from visage.settings import settings

MODEL = "model-1"
"""A model version that no network has."""


def embeddings(count: int, seed: int = 0) -> np.ndarray:
    """Random unit vectors: float32 (count, 128)."""
    vectors = np.random.default_rng(seed).standard_normal((count, 128), dtype=np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def face(number: int, *, origin: str = "", kept: bool = False, model: str = MODEL) -> StoredFace:
    """The face with this number, always the same."""
    return StoredFace(str(10**18 + number), embeddings(1, seed=number)[0], model, origin, kept)


def enrol(library: Library, person_id: str, groups: Iterable[str], numbers: Iterable[int], name: str = "") -> None:
    """Add a person with the faces of these numbers."""
    library.add_person(person_id, set(groups), name)
    for number in numbers:
        library.add_face(library.person(person_id), face(number))


def contents(library: Library, person_ids: Iterable[str]) -> dict[str, Any]:
    """A library's content about these persons, without random parts, for comparison."""
    persons, changes = library.persons(person_ids), library.changes()
    births = {person.born: person.id for person in persons.values()}
    return {
        "groups": library.groups(),
        "persons": {person.id: of_person(person) for person in persons.values()},
        "changes": {
            change.person_id: (
                sorted(change.touched),
                sorted((births.get(born, ""), image) for _, born, image in (key.split("/") for key in change.erase)),
                sorted(change.removed),
                change.gone,
                change.describes(persons.get(change.person_id)),
            )
            for change in changes
        },
    }


def of_person(person: Person) -> tuple[Any, ...]:
    """A person without random parts."""
    faces = [(f.id, f.embedding.tobytes(), f.model, f.origin, f.kept) for f in person.faces.values()]
    return person.name, person.note, sorted(person.groups), faces


def save_table() -> list[dict[str, Any]]:
    """Every row."""
    return aws.client("dynamodb").scan(TableName=settings().table)["Items"]


def fill_table(rows: Iterable[dict[str, Any]] = ()) -> None:
    """Replace all rows by these."""
    stores.replace_rows(settings().table, rows)


def save_objects() -> dict[tuple[str, str], bytes]:
    """The content of every object, by bucket and key."""
    s3 = aws.client("s3")
    keys = [
        (bucket, entry["Key"])
        for bucket in (settings().upload_bucket, settings().face_bucket, settings().snapshot_bucket)
        for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    ]
    return {(bucket, key): s3.get_object(Bucket=bucket, Key=key)["Body"].read() for bucket, key in keys}


def put_objects(objects: dict[tuple[str, str], bytes]) -> None:
    """Add these objects to the existing ones."""
    for (bucket, key), content in objects.items():
        stores.put_object(bucket, key, content)


def refusal(function, *arguments):
    """The reason of a refused call."""
    with pytest.raises(VisageError) as raised:
        function(*arguments)
    return raised.value.reason


def only_change(library):
    """The only unsettled change."""
    (change,) = library.changes()
    return change
