"""Makes the snapshots of a library anew from the rows of its persons, whatever has become of the files."""

from collections.abc import Iterable
from dataclasses import replace

from visage import table
from visage.gallery.index import snapshot_files
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import PackReport, pack


def rebuild(library: Library, person_ids: Iterable[str]) -> PackReport:
    """Pack all persons of a library as if none had ever been packed.

    At every moment a search finds them all, because they count as changed before the snapshot forgets them. It may be
    interrupted and started again. A vector index is kept and written again; it must exist.
    """
    for person_id in person_ids:
        library.replace_person(person_id, lambda now: replace(now) if now else None)
    for group_id in snapshot_files.editions(library.name):
        wait = table.backoff()
        while not snapshot_files.publish(library.name, group_id, snapshot_files.edition(library.name, group_id), ()):
            wait()
    return pack(library.name)
