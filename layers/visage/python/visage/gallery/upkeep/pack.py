"""Packing: makes a library's changes part of its groups' snapshots.

Any number of packers may run at once, and any of them may die. docs/gallery.md explains what each step relies on.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from visage import table
from visage.gallery.index import snapshot_files
from visage.gallery.index.snapshot_files import FileGoneError
from visage.gallery.persons.images import FaceImages
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Change, Person
from visage.gallery.upkeep import indexing
from visage.gallery.upkeep.compaction import extend
from visage.gallery.upkeep.steps import run_all

_BATCH = 1000
"""Changes per pass: persons with 20 faces each take 50 MB then."""


@dataclass(frozen=True, slots=True)
class PackReport:
    """What a packer did."""

    settled: int
    """Changes that the snapshots contain now."""
    editions: int
    """Editions that were published."""


def pack(library: str) -> PackReport:
    """Add every change that exists at the start to the library's snapshots.

    Raises VisageError(CONTENDED) when concurrent packers were always faster, or when a writer stopped in the middle of
    a transaction. The next packer finds what is left, and until then every search does.
    """
    packer = _Packer(Library(library))
    wait = table.backoff()
    while not packer.round():
        wait()
    indexing.advance(packer.library)
    return PackReport(packer.settled, packer.editions)


def pack_each(libraries: Iterable[str]) -> None:
    """Pack these libraries."""
    run_all(partial(pack, library) for library in sorted(libraries))


class _Packer:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.settled = 0
        self.editions = 0

    def round(self) -> bool:
        """Process all current changes; return whether every one was settled."""
        changes = self.library.changes()
        parts = [changes[start : start + _BATCH] for start in range(0, len(changes), _BATCH)]
        settled = [self._pass(part) for part in parts]
        return all(settled)

    def _pass(self, changes: Sequence[Change]) -> bool:
        """Steps 2 to 5 for some changes; return whether all of them were settled."""
        groups = sorted(frozenset[str]().union(*(change.touched for change in changes)))
        before = {group: snapshot_files.edition(self.library.name, group) for group in groups}
        # Not earlier: an edition published after these persons were read must not be older than what they say.
        persons = self.library.persons(change.person_id for change in changes)
        published = {group for group in groups if self._publish(group, before[group], changes, persons)}
        done = [
            change
            for change in changes
            if change.touched <= published and change.describes(persons.get(change.person_id))
        ]
        for change in done:
            if change.erase:
                FaceImages().erase(change.erase)
            self.library.settle(change)
        self.settled += len(done)
        self.editions += len(published)
        return len(done) == len(changes)

    def _publish(
        self, group: str, before: snapshot_files.Edition, changes: Sequence[Change], persons: Mapping[str, Person]
    ) -> bool:
        """Add the changed persons to a group's snapshot, and to its vector index where it has one.

        Returns False when there is a later edition than `before`, or when another packer is writing to the index. An
        edition is published even if it contains nothing new: it stops packers that have read older persons.
        """
        relevant = [change for change in changes if group in change.touched]
        if (before.index or before.filling) and not indexing.keep_up(self.library, group, relevant):
            return False
        members = {
            change.person_id: person if person and group in person.groups else None
            for change in relevant
            for person in [persons.get(change.person_id)]
        }
        try:
            files = extend(self.library.name, group, before.files, members, coded=not before.index)
        except FileGoneError:
            return False
        if not snapshot_files.publish(self.library.name, group, before, files):
            return False
        for file in set(before.files).difference(files):
            snapshot_files.remove(file.key)  # it may hold who is gone; whoever is reading it reads the group again
        return True
