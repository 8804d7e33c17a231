"""Deletes persons and faces, and everything that names them. docs/privacy.md lists every place.

Requests in progress during a deletion may still write: an image of a face that is then refused, or the result of a scan
or of a dropped object. So everything is erased twice: at once, and again by `sweep` when no earlier request can still
be running.
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

MAX_FUNCTION_SECONDS = 900
"""The maximum run time of any function, in seconds."""


def delete_person(library: str, person_id: str) -> Person:
    """Delete a person with all its faces and everything that names it; return it as it was. Raises PERSON_UNKNOWN."""
    person = Library(library).delete_person(person_id)
    # At once; the packer and the sweep repeat it if this function is cut off here.
    _clear(library, person_id, [person.born])
    return person


def delete_unused(library: str, person_id: str, day: str) -> bool:
    """Delete a person likewise if it was last used on this day (ISO 8601); return whether it was."""
    person = Library(library).delete_unused(person_id, day)
    if person:
        _clear(library, person_id, [person.born])
    return person is not None


def remove_faces(library: str, person_id: str, face_ids: Collection[str]) -> list[str]:
    """Remove these faces of the person, and results that may show them; return the ids that were removed.

    Raises VisageError(PERSON_UNKNOWN).
    """
    person, removed = Library(library).remove_faces(person_id, face_ids)
    # At once; the packer repeats it if this function is cut off here.
    FaceImages().erase(image_key(library, person.born, face_id) for face_id in removed)
    # Even if none was removed: an earlier call may have removed them and been cut off here.
    scans.forget(library, person_id)
    uploads.erase_results(library, person_id, face_ids)
    return removed


def libraries() -> Iterator[str]:
    """All libraries that have or had a group."""
    return (row["sk"]["S"] for row in table.rows_of(rows.LIBRARIES))


def sweep(until: float = math.inf, *, now: float | None = None) -> int:
    """Erase again what names persons deleted before any request in progress began; return how many persons.

    Those not reached by `until` (time.monotonic) are left to the next run.
    """
    ended = (time.time() if now is None else now) - MAX_FUNCTION_SECONDS
    gone = ((library, row) for library in libraries() for row in table.rows_of(rows.deletions_partition(library)))
    due = [(library, row) for library, row in gone if "births" in row and float(row["deleted"]["N"]) < ended]
    return len(run_all(partial(_sweep, *each) for each in due if time.monotonic() < until))


def _sweep(library: str, row: Row) -> None:
    person_id, births = row["sk"]["S"], row["births"]["SS"]
    if table.get(rows.person_key(library, person_id)):
        # A new person has this id, and results and drops may be about that one.
        FaceImages().erase(image_key(library, born, "") for born in births)
    else:
        _clear(library, person_id, births, until=float(row["deleted"]["N"]))
    key, seen = rows.deletion_key(library, person_id), {":seen": row["deleted"]}
    table.update(key, "REMOVE births", "deleted = :seen", seen)


def _clear(library: str, person_id: str, births: Collection[str], until: float = math.inf) -> None:
    """Erase images, results and dropped objects. `until` (epoch seconds): later drops are for a new person with this
    id."""
    FaceImages().erase(image_key(library, born, "") for born in births)
    scans.forget(library, person_id)
    uploads.erase_drops(library, person_id, until)
