"""Brings a large group's faces into a vector index, and keeps them there as they are now.

The group's edition says how far that is. `filling` names an index that is being filled; searches still use the
snapshot. Then the next edition makes `index` of it, and searches use that. From the start of the filling, a change is
settled only once the index knows it, so what the filling has passed by, and what is new, is there as well.
docs/scaling.md tells why this is right whoever dies when.
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

_SECONDS = 20
"""For how long a packer fills indexes."""
_STEP = 500
"""Persons between two records of how far a filling is."""


def advance(library: Library) -> None:
    """Move groups that have grown too large for a snapshot a step further into vector indexes."""
    ends = time.monotonic() + _SECONDS
    for group_id, edition in snapshot_files.editions(library.name).items():
        large = sum(file.faces for file in edition.files) > settings().vectors_from
        if edition.filling or (large and not edition.index and _begin(library, group_id, edition)):
            _fill(library, group_id, ends)
        elif edition.index:
            _forget_progress(library, group_id)


def keep_up(library: Library, group_id: str, changes: Sequence[Change]) -> bool:
    """Make the group's index know these changes; False when another packer is writing to it.

    Persons are read while the lease is held: whoever writes later has read later.
    """
    lease = Lease.take(library.name, group_id)
    if lease is None:
        return False
    with lease:
        edition = snapshot_files.edition(library.name, group_id)
        index = VectorIndex(edition.index or edition.filling)
        if edition.filling:
            index.create()
        for start in range(0, len(changes), _STEP):
            _bring(library, group_id, index, lease, changes[start : start + _STEP])
    return True


def _begin(library: Library, group_id: str, edition: Edition) -> bool:
    """Start a filling, unless the group has another edition by now; whether it was done.

    The new edition stops packers that do not know of the index: what they have read, they must read again.
    """
    name = new_name(library.name, group_id)
    return snapshot_files.publish(library.name, group_id, edition, edition.files, filling=name)


def _fill(library: Library, group_id: str, ends: float) -> None:
    """Go on with a filling until `ends` (time.monotonic); when all are in it, let searches use the index.

    Every record of the progress is a change of the table, whose stream wakes the next packer. As long as the lease is
    held, no edition changes who is in the group.
    """
    lease = Lease.take(library.name, group_id)
    if lease is None:
        return
    with lease:
        edition = snapshot_files.edition(library.name, group_id)
        if not edition.filling:
            return
        index, group = VectorIndex(edition.filling), GroupView(library, group_id)
        index.create()
        filled = _filled(library, group_id, edition.filling)
        while person_ids := group.persons(filled, _STEP):
            if time.monotonic() > ends:
                return
            persons = library.persons(person_ids).values()
            index.put(lease.while_held(person for person in persons if group_id in person.groups))
            filled = person_ids[-1]
            lease.extend(", filled = :filled", {":filled": {"S": f"{edition.filling}/{filled}"}})
        lease.extend()
        snapshot_files.publish(library.name, group_id, edition, edition.files, index=edition.filling, filling="")


def _bring(library: Library, group_id: str, index: VectorIndex, lease: Lease, changes: Sequence[Change]) -> None:
    persons = library.persons(change.person_id for change in changes)
    members = {person.id: person for person in persons.values() if group_id in person.groups}
    index.put(lease.while_held(members.values()))
    index.delete(lease.while_held(_absent(changes, persons, members)))


def _absent(
    changes: Iterable[Change], persons: Mapping[str, Person], members: Mapping[str, Person]
) -> Iterator[tuple[str, str]]:
    """Faces that may have been in the group, and are not now: each by its person's id and its own."""
    for change in changes:
        known = persons.get(change.person_id)
        here = members.get(change.person_id)
        past = change.removed.union(known.faces if known else ())
        yield from ((change.person_id, face_id) for face_id in past.difference(here.faces if here else ()))


def _forget_progress(library: Library, group_id: str) -> None:
    """Of a filling that has ended: it names a person."""
    key = rows.index_key(library.name, group_id)
    if "filled" in (table.get(key) or {}):
        table.update(key, "REMOVE filled", "attribute_exists(filled)")


def _filled(library: Library, group_id: str, index: str) -> str | None:
    """The last person whose faces are in this index; None when it is empty."""
    row = table.get(rows.index_key(library.name, group_id)) or {}
    name, _slash, person_id = row.get("filled", {"S": ""})["S"].partition("/")
    return person_id if name == index else None
