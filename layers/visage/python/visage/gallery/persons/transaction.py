"""The writes of one change of a person, in one transaction. docs/gallery.md describes the rows."""

import time
from collections.abc import Iterator
from typing import Any

from visage import table
from visage.errors import Reason, VisageError
from visage.gallery.persons import rows
from visage.gallery.persons.images import image_key
from visage.gallery.persons.types import GROUPS, Person
from visage.gallery.persons.usage import today

REMEMBERED = 3 * 86_400
"""Seconds for which a deletion is remembered: longer than any request sent before it can still be on its way."""

Action = dict[str, dict[str, Any]]


def actions(
    library: str,
    person_id: str,
    stamp: str,
    before: Person | None,
    after: Person | None,
    *,
    requested_at: float | None = None,
    last_use: str | None = None,
) -> Iterator[Action]:
    """Yield the actions of one transaction: the person's row, its change, and the rows that come and go with it.

    The person's row must be as it was read. `requested_at`: fail if a person with this id was deleted since then (epoch
    seconds). `last_use`: fail unless the person was last used on this day. Raises VisageError(TOO_MANY_GROUPS).
    """
    if before is None:
        unchanged = {"ConditionExpression": "attribute_not_exists(pk)"}
    else:
        seen = {":seen": {"S": before.stamp}}
        unchanged = {"ConditionExpression": "stamp = :seen", "ExpressionAttributeValues": seen}
    if after is None:
        yield {"Delete": {"Key": rows.person_key(library, person_id), **unchanged}}
    else:
        yield {"Put": {"Item": rows.person_row(library, after), **unchanged}}
    yield _change(library, person_id, stamp, before, after)
    if before is None:
        yield {"Put": {"Item": {**rows.usage_key(library, person_id), "last_use": {"S": today().isoformat()}}}}
    if before is None and requested_at is not None:
        yield _not_deleted_since(library, person_id, requested_at)
    if before is not None and after is None:
        yield _delete_usage(library, person_id, last_use)
        yield _record_deletion(library, before)
    if new_groups := _groups(after) - _groups(before):
        yield from _create_groups(library, new_groups)


def _change(library: str, person_id: str, stamp: str, before: Person | None, after: Person | None) -> Action:
    sets = rows.strings(":touched", _groups(before) | _groups(after))
    sets |= rows.strings(":erase", _unused_images(library, before, after))
    sets |= rows.strings(":removed", _faces(before) - _faces(after))
    additions = ", ".join(f"{value[1:]} {value}" for value in sets)
    return {
        "Update": {
            "Key": rows.change_key(library, person_id),
            "UpdateExpression": "SET stamp = :stamp, gone = :gone" + (f" ADD {additions}" if sets else ""),
            "ExpressionAttributeValues": {":stamp": {"S": stamp}, ":gone": {"BOOL": after is None}, **sets},
        }
    }


def _delete_usage(library: str, person_id: str, last_use: str | None) -> Action:
    unchanged: dict[str, Any] = {}
    if last_use is not None:
        seen = {":seen": {"S": last_use}}
        unchanged = {"ConditionExpression": "last_use = :seen", "ExpressionAttributeValues": seen}
    return {"Delete": {"Key": rows.usage_key(library, person_id), **unchanged}}


def _record_deletion(library: str, person: Person) -> Action:
    """Record the deletion; earlier recent deletions under this id stay recorded."""
    now = int(time.time())
    return {
        "Update": {
            "Key": rows.deletion_key(library, person.id),
            "UpdateExpression": "SET deleted = :now, expires = :expires ADD births :births",
            "ExpressionAttributeValues": {
                ":now": {"N": f"{time.time():.3f}"},
                ":expires": {"N": str(now + REMEMBERED)},
                **rows.strings(":births", [person.born]),
            },
        }
    }


def _not_deleted_since(library: str, person_id: str, requested_at: float) -> Action:
    return {
        "ConditionCheck": {
            "Key": rows.deletion_key(library, person_id),
            "ConditionExpression": "attribute_not_exists(pk) OR deleted < :asked",
            "ExpressionAttributeValues": {":asked": {"N": f"{requested_at:.3f}"}},
        }
    }


def _create_groups(library: str, groups: frozenset[str]) -> Iterator[Action]:
    known = rows.read_strings("ids", table.get(rows.groups_key(library)))
    new = groups - known
    if len(known) + len(new) > GROUPS:
        raise VisageError(Reason.TOO_MANY_GROUPS, f"A library may have {GROUPS} groups.")
    if new:
        yield {
            "Update": {
                "Key": rows.groups_key(library),
                "UpdateExpression": "ADD ids :new",
                # Other writers may have created groups meanwhile; the new ones must fit even then.
                "ConditionExpression": "attribute_not_exists(ids) OR size(ids) <= :room",
                "ExpressionAttributeValues": {
                    ":room": {"N": str(GROUPS - len(new))},
                    **rows.strings(":new", new),
                },
            }
        }
    if not known:
        yield {"Put": {"Item": rows.library_key(library)}}


def _unused_images(library: str, before: Person | None, after: Person | None) -> set[str]:
    """Keys of the images that no face refers to any more, in the form of `Change.erase`."""
    if before is None:
        return set()
    if after is None or after.born != before.born:
        return {image_key(library, before.born, "")}
    gone = [face for face in before.faces.values() if face.kept and face.id not in after.faces]
    return {image_key(library, before.born, face.id) for face in gone}


def _groups(person: Person | None) -> frozenset[str]:
    return person.groups if person else frozenset()


def _faces(person: Person | None) -> frozenset[str]:
    return frozenset(person.faces) if person else frozenset()
