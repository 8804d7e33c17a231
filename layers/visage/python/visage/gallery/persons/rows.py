"""The library's rows in the table: keys and content. docs/gallery.md describes the whole layout."""

from collections.abc import Iterable

from visage.gallery.persons.types import Change, Person, StoredFace
from visage.table import Key, Row, key

_FLOAT = "<f4"


def person_key(library: str, person_id: str) -> Key:
    return key(f"PERSON#{library}#{person_id}", "PERSON")


def groups_key(library: str) -> Key:
    return key(f"GROUPS#{library}", "GROUPS")


def change_key(library: str, person_id: str) -> Key:
    return key(changes_partition(library), person_id)


def changes_partition(library: str) -> str:
    """The partition of a library's changes."""
    return f"CHANGED#{library}"


def gallery_key(library: str, group_id: str) -> Key:
    return key(editions_partition(library), group_id)


def editions_partition(library: str) -> str:
    """The partition of the editions of a library's groups."""
    return f"GALLERY#{library}"


def index_key(library: str, group_id: str) -> Key:
    return key(f"INDEX#{library}", group_id)


def usage_key(library: str, person_id: str) -> Key:
    return key(usage_partition(library), person_id)


def usage_partition(library: str) -> str:
    """The partition of the days on which a library's persons were last used."""
    return f"USED#{library}"


def deletion_key(library: str, person_id: str) -> Key:
    return key(deletions_partition(library), person_id)


def deletions_partition(library: str) -> str:
    """The partition of a library's recent deletions."""
    return f"GONE#{library}"


LIBRARIES = "LIBRARIES#ALL"
"""The partition that lists every library that has or had a group."""


def library_key(library: str) -> Key:
    return key(LIBRARIES, library)


def person_row(library: str, person: Person) -> Row:
    return {
        **person_key(library, person.id),
        "born": {"S": person.born},
        "stamp": {"S": person.stamp},
        "name": {"S": person.name},
        "note": {"S": person.note},
        # A list, because a map would lose the order.
        "faces": {"L": [{"M": _face_row(face)} for face in person.faces.values()]},
        **strings("groups", person.groups),
    }


def read_person(row: Row) -> Person:
    faces = [_read_face(entry["M"]) for entry in row["faces"]["L"]]
    return Person(
        id=row["pk"]["S"].rpartition("#")[2],
        born=row["born"]["S"],
        stamp=row["stamp"]["S"],
        name=row["name"]["S"],
        note=row["note"]["S"],
        groups=read_strings("groups", row),
        faces={face.id: face for face in faces},
    )


def _face_row(face: StoredFace) -> Row:
    return {
        "id": {"S": face.id},
        "embedding": {"B": face.embedding.astype(_FLOAT).tobytes()},
        "model": {"S": face.model},
        "origin": {"S": face.origin},
        "kept": {"BOOL": face.kept},
    }


def _read_face(row: Row) -> StoredFace:
    import numpy as np  # here, because most operations read no face

    return StoredFace(
        id=row["id"]["S"],
        embedding=np.frombuffer(row["embedding"]["B"], _FLOAT),
        model=row["model"]["S"],
        origin=row["origin"]["S"],
        kept=row["kept"]["BOOL"],
    )


def read_change(row: Row) -> Change:
    return Change(
        person_id=row["sk"]["S"],
        stamp=row["stamp"]["S"],
        touched=read_strings("touched", row),
        erase=read_strings("erase", row),
        removed=read_strings("removed", row),
        gone=row["gone"]["BOOL"],
    )


def strings(name: str, values: Iterable[str]) -> Row:
    """A string set as an attribute. DynamoDB has no empty set, so an empty set is no attribute."""
    members = sorted(values)
    return {name: {"SS": members}} if members else {}


def read_strings(name: str, row: Row | None) -> frozenset[str]:
    return frozenset(row[name]["SS"]) if row and name in row else frozenset()
