"""One edition of a group's snapshot, loaded from its files."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from visage.gallery.index import snapshot_files
from visage.gallery.index.container_cache import container_cache
from visage.gallery.index.engine import Shortlist, best
from visage.gallery.index.scan import Probe, Scan, Scanner
from visage.gallery.index.segments import GONE, Faces, Table, encode_ids, superseded
from visage.gallery.index.snapshot_files import Edition, File

_SHORTLIST = 1000
"""The most persons on a shortlist; where that is too few, the view asks for another list."""
_COLUMNS = 4
"""Columns of faces refined per requested person, to find a lower bound of the best similarities."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Which rows of an edition's files are current. Lists have one element per file, oldest first."""

    tables: tuple[Table, ...]

    @cached_property
    def stale(self) -> list[np.ndarray]:
        """Rows of persons whom a newer file lists or who left the group: bool (n,) per file."""
        return [
            outdated | (table.counts == GONE)
            for table, outdated in zip(self.tables, superseded(self.tables), strict=True)
        ]

    @cached_property
    def stale_faces(self) -> list[np.ndarray]:
        """Faces of the stale rows: int64 per file."""
        return [table.faces_of(np.flatnonzero(stale)) for table, stale in zip(self.tables, self.stale, strict=True)]

    @cached_property
    def ids(self) -> np.ndarray:
        """Ids of the current rows: bytes, sorted."""
        current = [table.ids[~stale] for table, stale in zip(self.tables, self.stale, strict=True)]
        return np.sort(np.concatenate(current), kind="stable") if current else encode_ids([])

    @property
    def persons(self) -> int:
        return sum(len(stale) - int(stale.sum()) for stale in self.stale)

    @property
    def faces(self) -> int:
        return sum(table.faces - len(stale) for table, stale in zip(self.tables, self.stale_faces, strict=True))

    def find(self, ids: np.ndarray) -> list[np.ndarray]:
        """The current rows of these persons, where they exist: int64 per file."""
        found = [(table.rows(ids), stale) for table, stale in zip(self.tables, self.stale, strict=True)]
        return [rows[~stale[rows]] for rows, stale in found]


class LoadedGroup:
    """The persons of an edition. As an `Engine`, it finds candidates by the codes of all faces.

    Methods that load a file raise FileGoneError when the file was removed, because a later edition exists.
    """

    def __init__(self, edition: Edition) -> None:
        self._files = edition.files
        tables = tuple(self._load_table(file) for file in edition.files)
        size = sum(table.nbytes for table in tables)
        self._layout: Layout = container_cache().get(("layout", edition.stamp), size, lambda: Layout(tables))

    @property
    def persons(self) -> int:
        """The number of persons, including those without a face."""
        return self._layout.persons

    @property
    def faces(self) -> int:
        return self._layout.faces

    def ids(self) -> np.ndarray:
        """All ids, sorted: bytes (n,)."""
        return self._layout.ids

    def present(self, ids: Collection[str]) -> tuple[int, int]:
        """How many of these persons are in the edition, and how many faces they have."""
        found = self._layout.find(encode_ids(ids))
        faces = (table.faces_of(rows) for table, rows in zip(self._layout.tables, found, strict=True))
        return sum(map(len, found)), sum(map(len, faces))

    def load(self) -> None:
        """Load the codes into the cache."""
        for file in self._files:
            self._load_coded(file)

    def shortlists(
        self, probes: np.ndarray, count: int, known: Sequence[Sequence[float]], excluded: Collection[str]
    ) -> list[Shortlist]:
        """See `Engine`. Exact: nobody among the best `count` is missing, whatever the codes lost (see `scan`)."""
        ignored = self._ignored(excluded)
        scans: list[list[Scan]] = [[] for _probe in probes]
        for file, table, faces in zip(self._files, self._layout.tables, ignored, strict=True):
            prepared = [Probe.prepare(probe, table.quantizer) for probe in probes]
            for scan, probe_scans in zip(self._load_coded(file).scanner.scan(prepared), scans, strict=True):
                scan.exclude(faces)
                probe_scans.append(scan)
        return [
            self._shortlist(probe_scans, count, known_best)
            for probe_scans, known_best in zip(scans, known, strict=True)
        ]

    def holds_other_model(self, model: str, excluded: Collection[str]) -> bool:
        """See `Engine`."""
        if all(set(table.models) <= {model} for table in self._layout.tables):
            return False
        for file, table, ignored in zip(self._files, self._layout.tables, self._ignored(excluded), strict=True):
            others = [number for number, name in enumerate(table.models) if name != model]
            foreign = np.isin(self._load_coded(file).faces.models, others)
            foreign[ignored] = False
            if foreign.any():
                return True
        return False

    def _shortlist(self, scans: list[Scan], count: int, known: Sequence[float]) -> Shortlist:
        columns = _COLUMNS * count
        while True:
            best_faces = [scan.best_faces(columns) for scan in scans]
            bounds = self._bounds(scans, best_faces)
            # All columns may belong to the same few persons; then look at more of them until none are left.
            if len(bounds) >= count or sum(map(len, best_faces)) < columns:
                break
            columns *= 4
        cutoff = best([*known, *bounds.lower], count)
        bounds = self._bounds(scans, [scan.reaching(cutoff) for scan in scans])
        cutoff = best([*known, *bounds.lower], count)
        order = np.lexsort((np.arange(len(bounds)), -bounds.upper))
        order = order[bounds.upper[order] >= cutoff]
        if len(order) > _SHORTLIST:
            cutoff = np.nextafter(bounds.upper[order[_SHORTLIST]], np.inf)
        listed = order[:_SHORTLIST]
        return Shortlist(tuple(self._id(bounds.files[each], bounds.rows[each]) for each in listed), float(cutoff))

    def _bounds(self, scans: list[Scan], faces: list[np.ndarray]) -> "_Bounds":
        """Bounds of the best similarity of each person who owns one of these faces."""
        parts = []
        for number, (scan, table, some) in enumerate(zip(scans, self._layout.tables, faces, strict=True)):
            some = np.sort(some)
            rows, firsts = np.unique(table.owners(some), return_index=True)
            lower, upper = scan.refine(some)
            if len(rows):
                lower, upper = (np.maximum.reduceat(bounds, firsts) for bounds in (lower, upper))
            parts.append((np.full(len(rows), number), rows, lower, upper))
        return _Bounds(*map(np.concatenate, zip(*parts, strict=True))) if parts else _Bounds(*[np.empty(0)] * 4)

    def _ignored(self, excluded: Collection[str]) -> Iterable[np.ndarray]:
        """Faces to ignore, per file: int64."""
        found = self._layout.find(encode_ids(excluded))
        for table, stale, rows in zip(self._layout.tables, self._layout.stale_faces, found, strict=True):
            yield np.concatenate([stale, table.faces_of(rows)])

    def _id(self, file: int, row: int) -> str:
        return self._layout.tables[file].ids[row].decode()

    def _load_table(self, file: File) -> Table:
        size = file.head + 16 * file.persons
        return container_cache().get(("table", file.key), size, lambda: snapshot_files.read_table(file))

    def _load_coded(self, file: File) -> "_CodedFaces":
        return container_cache().get(("faces", file.key), file.size - file.head, lambda: _CodedFaces.load(file))


@dataclass(frozen=True, slots=True, eq=False)
class _CodedFaces:
    faces: Faces
    scanner: Scanner

    @classmethod
    def load(cls, file: File) -> "_CodedFaces":
        faces = snapshot_files.read_faces(file)
        return cls(faces, Scanner(faces.codes))


@dataclass(frozen=True, slots=True, eq=False)
class _Bounds:
    """Bounds of the similarity of persons' best faces."""

    files: np.ndarray
    rows: np.ndarray
    lower: np.ndarray
    upper: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)
