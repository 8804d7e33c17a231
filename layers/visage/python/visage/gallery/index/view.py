"""A group in its current state: its snapshot, and the persons that have changed since."""

from collections.abc import Collection, Iterator
from heapq import merge
from itertools import islice

import numpy as np

from visage.errors import Reason, VisageError
from visage.gallery.index import snapshot_files
from visage.gallery.index.container_cache import container_cache
from visage.gallery.index.engine import Engine
from visage.gallery.index.loaded_group import LoadedGroup
from visage.gallery.index.search import nearest
from visage.gallery.index.segments import encode_ids
from visage.gallery.index.snapshot_files import Edition, FileGoneError
from visage.gallery.index.vectors import VectorIndex
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Change, Match, Person

_BATCH = 8
"""Probes that share a pass over the codes; each takes 4 bytes per face."""
_MAX_READS = 5
"""How often a group is read before its files are given up as lost."""


def view(library: str, group_id: str) -> "GroupView":
    """The group in its current state. Raises VisageError(GROUP_UNKNOWN)."""
    return GroupView(Library(library), group_id)


class GroupView:
    """The state of a group at one moment after the view was created."""

    def __init__(self, library: Library, group_id: str) -> None:
        self._library = library
        self._group = group_id
        self._listing: LoadedGroup | None = None
        self._read()

    @property
    def total(self) -> int:
        """The number of persons."""
        return self._snapshot.persons - self._snapshot.present(self._changed)[0] + len(self._members)

    @property
    def faces(self) -> int:
        """The number of faces. With a vector index, those its files list, some of them twice."""
        if self._edition.index:
            return sum(file.faces for file in self._edition.files)
        faces = self._snapshot.faces - self._snapshot.present(self._changed)[1]
        return faces + sum(len(person.faces) for person in self._members)

    def persons(self, after: str | None, count: int) -> list[str]:
        """The first `count` ids that sort after this one; None: after none."""
        return list(islice(self._ids(after), count))

    def persons_page(self, page: int, size: int) -> list[str]:
        """The ids of a page, sorted; the first page is 1."""
        return list(islice(self._ids(None), (page - 1) * size, page * size))

    def search(self, probes: np.ndarray, count: int = 5, *, model: str) -> list[list[Match]]:
        """For each probe, float32 (n, 128), the `count` most similar persons, best first, equal ones by id.

        They are those that a comparison with every face of the group finds (`similarities`), unless a vector index that
        serves the group overlooks some. `model` is the version of what embedded the probes. Raises
        VisageError(MODEL_CHANGED) when another one embedded a face of the group.
        """
        batches = [probes[start : start + _BATCH] for start in range(0, len(probes), _BATCH)]
        for _attempt in range(_MAX_READS - 1):
            try:
                return [found for batch in batches for found in self._search(batch, count, model)]
            except FileGoneError:
                self._read()
        return [found for batch in batches for found in self._search(batch, count, model)]

    @property
    def _snapshot(self) -> LoadedGroup:
        if self._listing is None:
            self._read(listing=True)
        assert self._listing
        return self._listing

    def _engine(self) -> Engine:
        if not self._edition.index:
            return self._snapshot
        models = frozenset[str]().union(*(file.models for file in self._edition.files))
        return VectorIndex(self._edition.index, models)

    def _read(self, *, listing: bool = False) -> None:
        """Read the group by the four steps of docs/gallery.md, in their order.

        `listing`: whether to load the files even if a vector index serves the group; a search does not need them.
        """
        for attempt in range(_MAX_READS):
            changes = [change for change in self._library.changes() if self._group in change.touched]
            edition = self._edition = snapshot_files.edition(self._library.name, self._group)
            try:
                self._listing = LoadedGroup(edition) if listing or not edition.index else None
                break
            except FileGoneError:
                if attempt == _MAX_READS - 1:
                    raise
        if not edition.stamp and not changes and self._group not in self._library.groups():
            raise VisageError(Reason.GROUP_UNKNOWN)
        self._evict_former(edition, changes)
        self._changed = self._current(changes)

    def _evict_former(self, edition: Edition, changes: Collection[Change]) -> None:
        """Drop what this container cached of earlier editions: it may include persons who are gone."""
        seen = "edition", self._library.name, self._group
        before = container_cache().peek(seen)
        if before == edition.stamp:
            return
        changed, kept = {change.person_id for change in changes}, {file.key for file in edition.files}
        files = f"{self._library.name}/{self._group}/"

        def former(key: tuple[str, ...]) -> bool:
            match key:
                case ("person", self._library.name, person_id):
                    return person_id not in changed
                case ("table" | "faces", file):
                    return file.startswith(files) and file not in kept
            return key == ("layout", before)

        container_cache().drop_where(former)
        container_cache().put(seen, 128, edition.stamp)

    def _current(self, changes: Collection[Change]) -> dict[str, Person | None]:
        """The current state of the changed persons; None: not in the group."""
        now: dict[str, Person | None] = {}
        unread = []
        for change in changes:
            if change.gone:
                container_cache().drop(self._cache_key(change.person_id))
            known = container_cache().peek(self._cache_key(change.person_id))
            if change.describes(known):
                now[change.person_id] = self._member(known)
            else:
                unread.append(change)
        found = self._library.persons(change.person_id for change in unread)
        for change in unread:
            person = found.get(change.person_id)
            if person is not None and change.describes(person):
                container_cache().put(self._cache_key(person.id), 2048 * (1 + len(person.faces)), person)
            now[change.person_id] = self._member(person)
        return now

    def _search(self, probes: np.ndarray, count: int, model: str) -> list[list[Match]]:
        engine = self._engine()
        if engine.holds_other_model(model, self._changed):
            raise VisageError(Reason.MODEL_CHANGED)
        return nearest(engine, probes, count, model=model, changed=self._changed, read=self._members_among)

    def _members_among(self, person_ids: Collection[str]) -> dict[str, Person]:
        """The persons among these ids who are in the group, by id."""
        found = self._library.persons(person_ids)
        return {person.id: person for person in found.values() if self._member(person)}

    @property
    def _members(self) -> list[Person]:
        """The changed persons who are in the group."""
        return [person for person in self._changed.values() if person]

    def _ids(self, after: str | None) -> Iterator[str]:
        ids = self._snapshot.ids()
        start = 0 if after is None else int(np.searchsorted(ids, encode_ids([after])[0], side="right"))
        unchanged = (each for each in _decoded(ids[start:]) if each not in self._changed)
        return merge(unchanged, sorted(each.id for each in self._members if after is None or each.id > after))

    def _member(self, person: Person | None) -> Person | None:
        return person if person and self._group in person.groups else None

    def _cache_key(self, person_id: str) -> tuple[str, str, str]:
        """The key of a person in the container's cache."""
        return "person", self._library.name, person_id


def _decoded(ids: np.ndarray) -> Iterator[str]:
    return (each.decode() for each in ids)
