"""A group as one edition of its snapshot has it: its files, put together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from visage.gallery.index import snapshot_files
from visage.gallery.index.engine import Shortlist, best
from visage.gallery.index.residents import residents
from visage.gallery.index.scan import Probe, Scan, Scanner
from visage.gallery.index.segments import GONE, Faces, Table, encode_ids, superseded
from visage.gallery.index.snapshot_files import Edition, File

_LISTED = 1000
"""Persons on a shortlist at most; when that was too few, the view asks for another list."""
_LOOKED_AT = 4
"""Columns of faces that are looked at closely for each person wanted, to learn how similar they will be at least."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Which rows of an edition's files hold. By file, oldest first."""

    tables: tuple[Table, ...]

    @cached_property
    def dead(self) -> list[np.ndarray]:
        """Rows of whom a newer file names, or who are gone: bool."""
        return [
            outdated | (table.counts == GONE)
            for table, outdated in zip(self.tables, superseded(self.tables), strict=True)
        ]

    @cached_property
    def dead_faces(self) -> list[np.ndarray]:
        """Faces of those rows: int64."""
        return [
            table.faces_of(np.flatnonzero(dead)) for table, dead in zip(self.tables, self.dead, strict=True)
        ]

    @cached_property
    def ids(self) -> np.ndarray:
        """Of the others: bytes, sorted."""
        living = [table.ids[~dead] for table, dead in zip(self.tables, self.dead, strict=True)]
        return np.sort(np.concatenate(living), kind="stable") if living else encode_ids([])

    @property
    def persons(self) -> int:
        return sum(len(dead) - int(dead.sum()) for dead in self.dead)

    @property
    def faces(self) -> int:
        return sum(table.faces - len(dead) for table, dead in zip(self.tables, self.dead_faces, strict=True))

    def find(self, ids: np.ndarray) -> list[np.ndarray]:
        """The living rows of those of these persons that are there."""
        found = [(table.rows(ids), dead) for table, dead in zip(self.tables, self.dead, strict=True)]
        return [rows[~dead[rows]] for rows, dead in found]


class LoadedGroup:
    """An edition's persons; as an `Engine`, it finds candidates by the codes of all faces.

    Whatever loads a file raises FileGoneError when the file was removed, because there is a later edition by now.
    """

    def __init__(self, edition: Edition) -> None:
        self._files = edition.files
        tables = tuple(self._table(file) for file in edition.files)
        size = sum(table.nbytes for table in tables)
        self._layout: Layout = residents().get(("layout", edition.stamp), size, lambda: Layout(tables))

    @property
    def persons(self) -> int:
        """How many there are, those without a face counted."""
        return self._layout.persons

    @property
    def faces(self) -> int:
        return self._layout.faces

    def ids(self) -> np.ndarray:
        """All ids, sorted: bytes (n,)."""
        return self._layout.ids

    def present(self, ids: Collection[str]) -> tuple[int, int]:
        """How many of these persons there are, and how many faces they have."""
        found = self._layout.find(encode_ids(ids))
        faces = (table.faces_of(rows) for table, rows in zip(self._layout.tables, found, strict=True))
        return sum(map(len, found)), sum(map(len, faces))

    def load(self) -> None:
        """Have the codes at hand."""
        for file in self._files:
            self._coded(file)

    def shortlists(
        self, probes: np.ndarray, count: int, known: Sequence[Sequence[float]], excluded: Collection[str]
    ) -> list[Shortlist]:
        """See `Engine`. Nobody who belongs to the best `count` is missing, whatever the codes lost (see `scan`)."""
        hidden = self._hidden(excluded)
        scans: list[list[Scan]] = [[] for _probe in probes]
        for file, table, faces in zip(self._files, self._layout.tables, hidden, strict=True):
            prepared = [Probe.prepare(probe, table.quantizer) for probe in probes]
            for scan, own in zip(self._coded(file).scanner.scan(prepared), scans, strict=True):
                scan.exclude(faces)
                own.append(scan)
        return [self._shortlist(own, count, sims) for own, sims in zip(scans, known, strict=True)]

    def holds_other_model(self, model: str, excluded: Collection[str]) -> bool:
        """See `Engine`."""
        if all(set(table.models) <= {model} for table in self._layout.tables):
            return False
        for file, table, hidden in zip(self._files, self._layout.tables, self._hidden(excluded), strict=True):
            others = [number for number, name in enumerate(table.models) if name != model]
            foreign = np.isin(self._coded(file).faces.models, others)
            foreign[hidden] = False
            if foreign.any():
                return True
        return False

    def _shortlist(self, scans: list[Scan], count: int, known: Sequence[float]) -> Shortlist:
        looked_at = _LOOKED_AT * count
        while True:
            promising = [scan.promising(looked_at) for scan in scans]
            bounds = self._bounds(scans, promising)
            # Columns may all show the same few persons: then more of them are looked at, until there are no more.
            if len(bounds) >= count or sum(map(len, promising)) < looked_at:
                break
            looked_at *= 4
        bar = best([*known, *bounds.lower], count)
        bounds = self._bounds(scans, [scan.reaching(bar) for scan in scans])
        bar = best([*known, *bounds.lower], count)
        order = np.lexsort((np.arange(len(bounds)), -bounds.upper))
        order = order[bounds.upper[order] >= bar]
        if len(order) > _LISTED:
            bar = np.nextafter(bounds.upper[order[_LISTED]], np.inf)
        listed = order[:_LISTED]
        return Shortlist(tuple(self._id(bounds.files[each], bounds.rows[each]) for each in listed), float(bar))

    def _bounds(self, scans: list[Scan], faces: list[np.ndarray]) -> "_Bounds":
        """Of the persons to whom these faces belong."""
        parts = []
        for number, (scan, table, some) in enumerate(zip(scans, self._layout.tables, faces, strict=True)):
            some = np.sort(some)
            rows, firsts = np.unique(table.owners(some), return_index=True)
            lower, upper = scan.refine(some)
            if len(rows):
                lower, upper = (np.maximum.reduceat(bounds, firsts) for bounds in (lower, upper))
            parts.append((np.full(len(rows), number), rows, lower, upper))
        return _Bounds(*map(np.concatenate, zip(*parts, strict=True))) if parts else _Bounds(*[np.empty(0)] * 4)

    def _hidden(self, excluded: Collection[str]) -> Iterable[np.ndarray]:
        """By file, the faces that do not count."""
        found = self._layout.find(encode_ids(excluded))
        for table, dead, rows in zip(self._layout.tables, self._layout.dead_faces, found, strict=True):
            yield np.concatenate([dead, table.faces_of(rows)])

    def _id(self, file: int, row: int) -> str:
        return self._layout.tables[file].ids[row].decode()

    def _table(self, file: File) -> Table:
        size = file.head + 16 * file.persons
        return residents().get(("table", file.key), size, lambda: snapshot_files.read_table(file))

    def _coded(self, file: File) -> "_Coded":
        return residents().get(("faces", file.key), file.size - file.head, lambda: _Coded.load(file))


@dataclass(frozen=True, slots=True, eq=False)
class _Coded:
    faces: Faces
    scanner: Scanner

    @classmethod
    def load(cls, file: File) -> "_Coded":
        faces = snapshot_files.read_faces(file)
        return cls(faces, Scanner(faces.codes))


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """Of persons' best faces."""

    files: np.ndarray
    rows: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)
