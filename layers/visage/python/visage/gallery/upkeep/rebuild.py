"""Makes the snapshots of a library anew from the rows of its persons, whatever has become of the files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from visage import table
from visage.gallery.index import snapshot_files
from visage.gallery.index.snapshot_files import Edition, File
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.compaction import extend
from visage.gallery.upkeep.pack import pack

_BATCH = 1000


def rebuild(library: Library, person_ids: Callable[[], Iterable[str]]) -> int:
    """Replace the snapshots of all groups by such as the rows tell; return how many persons there are.

    `person_ids` lists everybody in the library, each time anew. Others may read, write and pack meanwhile. Who is in a
    vector index is written there again. It may be interrupted and started again.
    """
    wait, groups, ids = table.backoff(), library.groups(), []
    while groups:
        # In this order, as the packer does it: whoever is not in these rows yet is in a change, or in a later edition.
        before = {group_id: snapshot_files.edition(library.name, group_id) for group_id in groups}
        ids = sorted(person_ids())
        groups = [group_id for group_id in groups if not _publish(library, group_id, before[group_id], ids)]
        if groups:
            wait()
    pack(library.name)
    return len(ids)


def _publish(library: Library, group_id: str, before: Edition, ids: Sequence[str]) -> bool:
    """Write a group's snapshot; False when there is a later edition than `before`."""
    files: Sequence[File] = ()
    for start in range(0, len(ids), _BATCH):
        persons = library.persons(ids[start : start + _BATCH]).values()
        members = {person.id: person for person in persons if group_id in person.groups}
        if members:
            files = extend(library.name, group_id, files, members, coded=not before.index)
    if not snapshot_files.publish(library.name, group_id, before, files):
        return False
    if before.index or before.filling:
        for person_id in ids:  # the packer writes who has changed into the index
            library.replace_person(person_id, lambda now: replace(now) if now else None)
    return True
