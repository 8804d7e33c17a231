"""What one change of a person writes, in one transaction. docs/gallery.md has the rows."""

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
"""Seconds for which a deletion is remembered: longer than anything sent before it can still arrive."""

Action = dict[str, dict[str, Any]]


def actions(
    library: str,
    person_id: str,
    stamp: str,
    before: Person | None,
    after: Person | None,
    *,
    asked: float | None = None,
    last_use: str | None = None,
) -> Iterator[Action]:
    """The person's row, on condition that it is what was read; its change; what comes and goes with the person.

    `asked`: on condition that nobody of this id was deleted since (epoch seconds). `last_use`: on condition that the
    person was last of use on this day. Raises VisageError(TOO_MANY_GROUPS).
    """
    if before is None:
        unmoved = {"ConditionExpression": "attribute_not_exists(pk)"}
    else:
        seen = {":seen": {"S": before.stamp}}
        unmoved = {"ConditionExpression": "stamp = :seen", "ExpressionAttributeValues": seen}
    if after is None:
        yield {"Delete": {"Key": rows.person_key(library, person_id), **unmoved}}
    else:
        yield {"Put": {"Item": rows.person_row(library, after), **unmoved}}
    yield _change(library, person_id, stamp, before, after)
    if before is None:
        yield {"Put": {"Item": {**rows.used_key(library, person_id), "last_use": {"S": today().isoformat()}}}}
    if before is None and asked is not None:
        yield _not_deleted_since(library, person_id, asked)
    if before is not None and after is None:
        yield _without_use(library, person_id, last_use)
        yield _deletion(library, before)
    if entered := _groups(after) - _groups(before):
        yield from _founding(library, entered)


def _change(library: str, person_id: str, stamp: str, before: Person | None, after: Person | None) -> Action:
    more = rows.strings(":touched", _groups(before) | _groups(after))
    more |= rows.strings(":erase", _orphans(library, before, after))
    more |= rows.strings(":removed", _faces(before) - _faces(after))
    additions = ", ".join(f"{value[1:]} {value}" for value in more)
    return {
        "Update": {
            "Key": rows.change_key(library, person_id),
            "UpdateExpression": "SET stamp = :stamp, gone = :gone" + (f" ADD {additions}" if more else ""),
            "ExpressionAttributeValues": {":stamp": {"S": stamp}, ":gone": {"BOOL": after is None}, **more},
        }
    }


def _without_use(library: str, person_id: str, last_use: str | None) -> Action:
    unmoved: dict[str, Any] = {}
    if last_use is not None:
        seen = {":seen": {"S": last_use}}
        unmoved = {"ConditionExpression": "last_use = :seen", "ExpressionAttributeValues": seen}
    return {"Delete": {"Key": rows.used_key(library, person_id), **unmoved}}


def _deletion(library: str, person: Person) -> Action:
    """Who else of this id was deleted lately is remembered as well."""
    now = int(time.time())
    return {
        "Update": {
            "Key": rows.gone_key(library, person.id),
            "UpdateExpression": "SET deleted = :now, expires = :expires ADD births :births",
            "ExpressionAttributeValues": {
                ":now": {"N": f"{time.time():.3f}"},
                ":expires": {"N": str(now + REMEMBERED)},
                **rows.strings(":births", [person.born]),
            },
        }
    }


def _not_deleted_since(library: str, person_id: str, asked: float) -> Action:
    return {
        "ConditionCheck": {
            "Key": rows.gone_key(library, person_id),
            "ConditionExpression": "attribute_not_exists(pk) OR deleted < :asked",
            "ExpressionAttributeValues": {":asked": {"N": f"{asked:.3f}"}},
        }
    }


def _founding(library: str, groups: frozenset[str]) -> Iterator[Action]:
    known = rows.read_strings("ids", table.get(rows.groups_key(library)))
    new = groups - known
    if len(known) + len(new) > GROUPS:
        raise VisageError(Reason.TOO_MANY_GROUPS, f"A library may have {GROUPS} groups.")
    if new:
        yield {
            "Update": {
                "Key": rows.groups_key(library),
                "UpdateExpression": "ADD ids :new",
                # Others may have founded groups meanwhile: those that are new must find room even then.
                "ConditionExpression": "attribute_not_exists(ids) OR size(ids) <= :room",
                "ExpressionAttributeValues": {
                    ":room": {"N": str(GROUPS - len(new))},
                    **rows.strings(":new", new),
                },
            }
        }
    if not known:
        yield {"Put": {"Item": rows.library_key(library)}}


def _orphans(library: str, before: Person | None, after: Person | None) -> set[str]:
    """Keys of the images that no face has any more, as `Change.erase` holds them."""
    if before is None:
        return set()
    if after is None:
        return {image_key(library, before.born, "")}
    gone = [face for face in before.faces.values() if face.kept and face.id not in after.faces]
    return {image_key(library, before.born, face.id) for face in gone}


def _groups(person: Person | None) -> frozenset[str]:
    return person.groups if person else frozenset()


def _faces(person: Person | None) -> frozenset[str]:
    return frozenset(person.faces) if person else frozenset()
