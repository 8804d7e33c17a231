"""Deletes persons and faces with all that names them. docs/privacy.md lists every place.

What is under way while a person is deleted may still write: an image for a face that then is refused, the result of a
scan, of a drop. So everything is erased twice: at once, and again (`sweep`) when nothing begun before can be left.
"""

import math
import time
from collections.abc import Collection, Iterator
from functools import partial

from visage import table
from visage.erasure import uploads
from visage.gallery.persons import rows
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Person
from visage.gallery.upkeep.steps import run_all
from visage.jobs import scans
from visage.table import Row

LONGEST = 900
"""Seconds that any function may run."""


def delete_person(library: str, person_id: str) -> Person:
    """Delete a person with all its faces, and what names it; what it was. Raises VisageError(PERSON_UNKNOWN)."""
    person = Library(library).delete_person(person_id)
    # At once; the packer and the sweep do it again, should this function be cut off here.
    _clear(library, person_id, [person.born])
    return person


def delete_unused(library: str, person_id: str, day: str) -> bool:
    """Delete a person likewise if it was last of use on this day (ISO 8601); whether it was."""
    person = Library(library).delete_unused(person_id, day)
    if person:
        _clear(library, person_id, [person.born])
    return person is not None


def remove_faces(library: str, person_id: str, face_ids: Collection[str]) -> list[str]:
    """Remove those of these faces that the person has, and results that may be of them; the ids of the removed.

    Raises VisageError(PERSON_UNKNOWN).
    """
    person, removed = Library(library).remove_faces(person_id, face_ids)
    # At once; the packer does it again, should this function be cut off here.
    FaceImages().erase(image_key(library, person.born, face_id) for face_id in removed)
    # Also where none was removed: an earlier call may have removed them and have been cut off here.
    scans.forget(library, person_id)
    uploads.erase_results(library, person_id, face_ids)
    return removed


def libraries() -> Iterator[str]:
    """Every library that has a group."""
    return (row["sk"]["S"] for row in table.rows_of(rows.LIBRARIES))


def sweep(until: float = math.inf, *, now: float | None = None) -> int:
    """Erase again what names persons who were deleted before anything that is under way began; how many they were.

    Those left at `until` (time.monotonic) are left to the next time.
    """
    ended = (time.time() if now is None else now) - LONGEST
    gone = ((library, row) for library in libraries() for row in table.rows_of(rows.deletions_partition(library)))
    due = [(library, row) for library, row in gone if "births" in row and float(row["deleted"]["N"]) < ended]
    return len(run_all(partial(_sweep, *each) for each in due if time.monotonic() < until))


def _sweep(library: str, row: Row) -> None:
    person_id, births = row["sk"]["S"], row["births"]["SS"]
    if table.get(rows.person_key(library, person_id)):
        # There is a person of this id again, whom results and drops are about by now.
        FaceImages().erase(image_key(library, born, "") for born in births)
    else:
        _clear(library, person_id, births, until=float(row["deleted"]["N"]))
    key, seen = rows.deletion_key(library, person_id), {":seen": row["deleted"]}
    table.update(key, "REMOVE births", "deleted = :seen", seen)


def _clear(library: str, person_id: str, births: Collection[str], until: float = math.inf) -> None:
    """`until` (epoch seconds): what was dropped later is for a new person, who comes to be of it."""
    FaceImages().erase(image_key(library, born, "") for born in births)
    scans.forget(library, person_id)
    uploads.erase_drops(library, person_id, until)
