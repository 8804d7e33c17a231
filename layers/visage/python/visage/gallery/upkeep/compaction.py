"""Chooses the files of a snapshot: few, so that it loads fast, and large ones rarely rewritten."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np

from visage.gallery.index import snapshot_files
from visage.gallery.index.segments import GONE, Segment, build, merge, superseded
from visage.gallery.index.snapshot_files import File
from visage.gallery.persons.types import Person

_RATIO = 8
"""Each file is at least this many times as large as the next newer one. So a face is written at most eight times for
each of the three steps between the smallest file and a million faces."""
_SMALL = 2**18
"""Bytes below which all files count as equally small."""


def extend(
    library: str, group_id: str, files: Sequence[File], members: Mapping[str, Person | None], *, coded: bool = True
) -> Sequence[File]:
    """The files of the next edition, with `members` in their current state (None: gone).

    `coded`: whether the files must contain the faces' codes. Raises FileGoneError when these files' edition is no
    longer the latest.
    """
    newest = build(members, coded=coded)
    kept, size = list(files), max(_SMALL, newest.nbytes)
    while kept and kept[-1].size <= _RATIO * size and kept[-1].quantizer == newest.table.quantizer.id:
        size += kept.pop().size
    merging = [*map(_read, files[len(kept) :]), newest]
    rows = [
        # As long as an older file remains, the new one must list who is gone.
        np.flatnonzero(~outdated & (bool(kept) | (segment.table.counts != GONE)))
        for segment, outdated in zip(merging, superseded([segment.table for segment in merging]), strict=True)
    ]
    return [*kept, *_write(library, group_id, merge(merging, rows))]


def compact(library: str, group_id: str, files: Sequence[File]) -> Sequence[File]:
    """The same persons without superseded rows; returns `files` itself when there are none.

    Raises FileGoneError as `extend` does.
    """
    tables = [snapshot_files.read_table(file) for file in files]
    kept = [~outdated & (table.counts != GONE) for table, outdated in zip(tables, superseded(tables), strict=True)]
    first = next((number for number, rows in enumerate(kept) if not rows.all()), None)
    if first is None:
        return files
    clean: list[File] = list(files[:first])
    rest = range(first, len(files))
    for _quantizer, numbers in groupby(rest, key=lambda number: files[number].quantizer):
        indexes = list(numbers)
        segments = [Segment(tables[number], snapshot_files.read_faces(files[number])) for number in indexes]
        merged = merge(segments, [np.flatnonzero(kept[number]) for number in indexes])
        clean += _write(library, group_id, merged)
    return clean


def _read(file: File) -> Segment:
    return Segment(snapshot_files.read_table(file), snapshot_files.read_faces(file))


def _write(library: str, group_id: str, segment: Segment) -> Iterable[File]:
    """Write a file, unless it lists nobody."""
    if len(segment.table.ids):
        yield snapshot_files.write(library, group_id, segment)
