"""Fills a vector index with a large group's faces and keeps it up to date.

The group's edition records the state. `filling` names an index that is being filled; searches still use the snapshot.
When it is full, the next edition makes it `index`, and searches use it. From the start of the filling, a change is
settled only once the index contains it, so persons who change behind the filling's position, and new ones, are
included. docs/scaling.md explains why this holds whichever process dies at any point.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence

from visage import table
from visage.gallery.index import snapshot_files
from visage.gallery.index.snapshot_files import Edition
from visage.gallery.index.vectors import VectorIndex, new_name
from visage.gallery.index.view import GroupView
from visage.gallery.persons import rows
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Change, Person
from visage.gallery.upkeep.leases import Lease
from visage.settings import settings

_FILL_SECONDS = 20
"""Seconds for which one packer fills indexes."""
_BATCH = 500
"""Persons between two records of a filling's progress."""


def advance(library: Library) -> None:
    """Take the next step of moving too large groups to vector indexes."""
    ends = time.monotonic() + _FILL_SECONDS
    for group_id, edition in snapshot_files.editions(library.name).items():
        large = sum(file.faces for file in edition.files) > settings().vectors_from
        if edition.filling or (large and not edition.index and _begin_filling(library, group_id, edition)):
            _fill(library, group_id, ends)
        elif edition.index:
            _clear_progress(library, group_id)


def keep_up(library: Library, group_id: str, changes: Sequence[Change]) -> bool:
    """Apply these changes to the group's index; return False when another packer is writing to it.

    Persons are read while the lease is held, so a later writer has later data.
    """
    lease = Lease.acquire(library.name, group_id)
    if lease is None:
        return False
    with lease:
        edition = snapshot_files.edition(library.name, group_id)
        index = VectorIndex(edition.index or edition.filling)
        if edition.filling:
            index.create()
        for start in range(0, len(changes), _BATCH):
            _apply(library, group_id, index, lease, changes[start : start + _BATCH])
    return True


def _begin_filling(library: Library, group_id: str, edition: Edition) -> bool:
    """Start filling, unless the group's edition is no longer this one; return whether that was done.

    The new edition stops packers that do not know of the index: they must read again.
    """
    name = new_name(library.name, group_id)
    return snapshot_files.publish(library.name, group_id, edition, edition.files, filling=name)


def _fill(library: Library, group_id: str, ends: float) -> None:
    """Continue filling until `ends` (time.monotonic); once everybody is in the index, make searches use it.

    Every record of progress changes the table, whose stream wakes the next packer. While the lease is held, no edition
    changes who is in the group.
    """
    lease = Lease.acquire(library.name, group_id)
    if lease is None:
        return
    with lease:
        edition = snapshot_files.edition(library.name, group_id)
        if not edition.filling:
            return
        index, group = VectorIndex(edition.filling), GroupView(library, group_id)
        index.create()
        filled = _last_filled(library, group_id, edition.filling)
        while person_ids := group.persons(filled, _BATCH):
            if time.monotonic() > ends:
                return
            persons = library.persons(person_ids).values()
            index.put(lease.while_held(person for person in persons if group_id in person.groups))
            filled = person_ids[-1]
            lease.extend(", filled = :filled", {":filled": {"S": f"{edition.filling}/{filled}"}})
        lease.extend()
        snapshot_files.publish(library.name, group_id, edition, edition.files, index=edition.filling, filling="")


def _apply(library: Library, group_id: str, index: VectorIndex, lease: Lease, changes: Sequence[Change]) -> None:
    persons = library.persons(change.person_id for change in changes)
    members = {person.id: person for person in persons.values() if group_id in person.groups}
    index.put(lease.while_held(members.values()))
    index.delete(lease.while_held(_absent(changes, persons, members)))


def _absent(
    changes: Iterable[Change], persons: Mapping[str, Person], members: Mapping[str, Person]
) -> Iterator[tuple[str, str]]:
    """Faces that may be in the index but no longer belong to the group: pairs of person and face id."""
    for change in changes:
        known = persons.get(change.person_id)
        current = members.get(change.person_id)
        previous = change.removed.union(known.faces if known else ())
        yield from ((change.person_id, face_id) for face_id in previous.difference(current.faces if current else ()))


def _clear_progress(library: Library, group_id: str) -> None:
    """Remove the progress record of a finished filling: it contains a person's id."""
    key = rows.index_key(library.name, group_id)
    if "filled" in (table.get(key) or {}):
        table.update(key, "REMOVE filled", "attribute_exists(filled)")


def _last_filled(library: Library, group_id: str, index: str) -> str | None:
    """The last person whose faces are in this index; None when it is empty."""
    row = table.get(rows.index_key(library.name, group_id)) or {}
    name, _slash, person_id = row.get("filled", {"S": ""})["S"].partition("/")
    return person_id if name == index else None
