"""Which files a snapshot is made of: few, so that they load fast, and large ones seldom written anew."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

import numpy as np

from visage.gallery.index import snapshot_files
from visage.gallery.index.segments import GONE, Segment, build, merge, superseded
from visage.gallery.index.snapshot_files import File
from visage.gallery.persons.types import Person

_RATIO = 8
"""Each file is at least so many times as large as the next newer one. So a face is written at most eight times for each
of the three steps between the smallest file and a million faces."""
_SMALL = 2**18
"""Bytes below which all files count as equally small."""


def extended(
    library: str, group_id: str, files: Sequence[File], members: Mapping[str, Person | None], *, coded: bool = True
) -> Sequence[File]:
    """The files of the next edition: `members` are as given now; None: gone. `coded`: whether it needs their faces.

    Raises FileGoneError when there is a later edition than the one of these files.
    """
    newest = build(members, coded=coded)
    kept, size = list(files), max(_SMALL, newest.nbytes)
    while kept and kept[-1].size <= _RATIO * size and kept[-1].quantizer == newest.table.quantizer.id:
        size += kept.pop().size
    merging = [*map(_read, files[len(kept) :]), newest]
    rows = [
        # As long as there is an older file, it must be said who is gone.
        np.flatnonzero(~outdated & (bool(kept) | (segment.table.counts != GONE)))
        for segment, outdated in zip(merging, superseded([segment.table for segment in merging]), strict=True)
    ]
    return [*kept, *_written(library, group_id, merge(merging, rows))]


def cleaned(library: str, group_id: str, files: Sequence[File]) -> Sequence[File]:
    """The same persons without what newer files have taken back; `files` themselves where there is nothing of it.

    Raises FileGoneError as `extended` does.
    """
    tables = [snapshot_files.read_table(file) for file in files]
    kept = [
        ~outdated & (table.counts != GONE) for table, outdated in zip(tables, superseded(tables), strict=True)
    ]
    first = next((number for number, rows in enumerate(kept) if not rows.all()), None)
    if first is None:
        return files
    clean: list[File] = list(files[:first])
    rest = range(first, len(files))
    for _quantizer, numbers in groupby(rest, key=lambda number: files[number].quantizer):
        some = list(numbers)
        segments = [Segment(tables[number], snapshot_files.read_faces(files[number])) for number in some]
        merged = merge(segments, [np.flatnonzero(kept[number]) for number in some])
        clean += _written(library, group_id, merged)
    return clean


def _read(file: File) -> Segment:
    return Segment(snapshot_files.read_table(file), snapshot_files.read_faces(file))


def _written(library: str, group_id: str, segment: Segment) -> Iterable[File]:
    """A file, unless nobody is in it."""
    if len(segment.table.ids):
        yield snapshot_files.write(library, group_id, segment)
