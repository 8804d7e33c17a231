"""The immutable snapshot file: some persons of a group with their coded faces, and who is no longer in the group.

    8 bytes   "VISAGE", and the number of the format
    2 x 4     length of the header, length of the table
    header    JSON: number of persons and faces, width of an id, names of the embedding models
    table     zlib: the quantizer, the ids, sorted, and for each the number of its faces, or GONE
              zeros up to a multiple of 64
    faces     for all of them: codes (signed), then m·e, then |r|, then |c| (see quantizer.py), then the model's number

Listing persons reads no further than the table. A group that a vector index serves needs no codes: its files end there.
Numbers are little-endian.
"""

import json
import struct
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np

from visage.gallery.index.quantizer import SIZE, ZERO, Codes, Quantizer, trained
from visage.gallery.persons.types import Person

GONE = 255
"""In place of a number of faces: a person of an older file who is no longer in the group."""
FACE_BYTES = SIZE + 4 + 4 + 2 + 1
"""Bytes per face."""
_MAGIC = b"VISAGE\x00\x01"
_LENGTHS = struct.Struct("<8sII")
START = _LENGTHS.size
"""Bytes at the start of a file that tell the lengths of header and table."""
_ALIGNED = 64


@dataclass(frozen=True, eq=False)
class Table:
    """The persons of a file, by row."""

    ids: np.ndarray
    """bytes (n,): UTF-8, sorted, unique."""
    counts: np.ndarray
    """uint8 (n,): number of faces, or GONE."""
    models: tuple[str, ...]
    """Names of the embedding models; faces refer to them by position."""
    quantizer: Quantizer

    @cached_property
    def starts(self) -> np.ndarray:
        """int64 (n + 1,): where each person's faces begin among all faces."""
        return np.concatenate([[0], np.cumsum(np.where(self.counts == GONE, 0, self.counts), dtype=np.int64)])

    @property
    def faces(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def nbytes(self) -> int:
        return self.ids.nbytes + self.counts.nbytes + self.starts.nbytes

    def rows(self, ids: np.ndarray) -> np.ndarray:
        """The rows of those of these ids that the file lists: int64, in the order of the ids."""
        if not len(self.ids):
            return np.empty(0, np.int64)
        found = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return found[self.ids[found] == ids]

    def faces_of(self, rows: np.ndarray) -> np.ndarray:
        """All faces of these rows: int64, person by person."""
        counts = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(counts)
        return np.repeat(self.starts[rows] - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0)

    def owners(self, faces: np.ndarray) -> np.ndarray:
        """The row of the person to whom each face belongs: int64."""
        return np.searchsorted(self.starts, faces, side="right") - 1


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The faces of a file, in the order of its persons."""

    codes: Codes
    models: np.ndarray
    """uint8 (n,): positions in the table's models."""

    @property
    def nbytes(self) -> int:
        return len(self.models) * FACE_BYTES


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """A whole file."""

    table: Table
    faces: Faces

    @property
    def nbytes(self) -> int:
        """The approximate size in bytes."""
        return self.table.nbytes + self.faces.nbytes

    @property
    def coded(self) -> bool:
        """Whether the file contains the codes of its faces, not only their number."""
        return len(self.faces.models) == self.table.faces


def encode_ids(ids: Collection[str]) -> np.ndarray:
    """Ids as UTF-8, which sorts like the ids themselves: bytes (n,)."""
    return np.array([each.encode() for each in ids], dtype=np.bytes_)


def build(members: Mapping[str, Person | None], *, coded: bool = True) -> Segment:
    """Build a file of persons in their current state; None: no longer in the group."""
    ids = sorted(members)
    faces = [face for each in ids if (person := members[each]) for face in person.faces.values()]
    models = tuple(sorted({face.model for face in faces}))
    quantizer = trained()
    embeddings = np.array([face.embedding for face in faces], np.float32).reshape(-1, SIZE)
    table = Table(
        ids=encode_ids(ids),
        counts=np.array([GONE if members[each] is None else len(members[each].faces) for each in ids], np.uint8),
        models=models,
        quantizer=quantizer,
    )
    if not coded:
        return Segment(table, _empty(0))
    return Segment(
        table, Faces(quantizer.encode(embeddings), np.array([models.index(face.model) for face in faces], np.uint8))
    )


def superseded(tables: Sequence[Table]) -> list[np.ndarray]:
    """For each of these files, oldest first, the rows of persons whom a newer file lists: bool (n,) each."""
    outdated = [np.zeros(len(table.ids), bool) for table in tables]
    for number, newer in enumerate(tables):
        for older, rows in zip(tables[:number], outdated, strict=False):
            rows[older.rows(newer.ids)] = True
    return outdated


def merge(segments: Sequence[Segment], kept: Sequence[np.ndarray]) -> Segment:
    """Merge these rows of these files into one. All have the same quantizer, and nobody is in two of them.

    The result has no codes if one of them has none.
    """
    tables = [segment.table for segment in segments]
    ids = np.concatenate([table.ids[rows] for table, rows in zip(tables, kept, strict=True)])
    counts = np.concatenate([table.counts[rows] for table, rows in zip(tables, kept, strict=True)])
    order = np.argsort(ids, kind="stable")
    coded = all(segment.coded for segment in segments)
    # Without codes nobody can tell later which models still have faces: files that contribute no face add no model.
    counted = [coded or bool(table.faces_of(rows).size) for table, rows in zip(tables, kept, strict=True)]
    models = tuple(sorted({model for table in compress(tables, counted) for model in table.models}))
    merged = Table(ids[order], counts[order], models, tables[0].quantizer)
    if not coded:
        return Segment(merged, _empty(0))
    faces = _empty(merged.faces)
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    first = 0
    for segment, rows in zip(segments, kept, strict=True):
        targets = merged.faces_of(ranks[first : first + len(rows)])
        sources = segment.table.faces_of(rows)
        for field in ("numbers", "offsets", "lost", "lengths"):
            getattr(faces.codes, field)[targets] = getattr(segment.faces.codes, field)[sources]
        renumbered = np.array([models.index(model) for model in segment.table.models], np.uint8)
        faces.models[targets] = renumbered[segment.faces.models[sources]]
        first += len(rows)
    return _without_unused_models(Segment(merged, faces))


def encode(segment: Segment) -> tuple[bytearray, int]:
    """Serialize a file; return its bytes and the offset of its faces."""
    table, faces = segment.table, segment.faces
    header = json.dumps(
        {"persons": len(table.ids), "faces": table.faces, "width": table.ids.itemsize, "models": table.models}
    ).encode()
    quantizer = table.quantizer
    packed = zlib.compress(
        b"".join(part.tobytes() for part in (quantizer.centre, quantizer.steps, table.ids, table.counts)), level=1
    )
    length = _LENGTHS.size + len(header) + len(packed)
    head = length + -length % _ALIGNED
    file = bytearray(head + faces.nbytes)
    file[:length] = _LENGTHS.pack(_MAGIC, len(header), len(packed)) + header + packed
    stored = _faces(np.frombuffer(file, np.uint8)[head:])
    for field in ("numbers", "offsets", "lost", "lengths"):
        getattr(stored.codes, field)[...] = getattr(faces.codes, field)
    _turn_sign(stored.codes.numbers)
    stored.models[...] = faces.models
    return file, head


def table_ends(start: bytes) -> int:
    """The offset of the table's end, from the first `START` bytes of a file. Raises ValueError for another format."""
    magic, header_length, table_length = _LENGTHS.unpack(start)
    if magic != _MAGIC:
        raise ValueError(f"a file of the format {magic!r}, not {_MAGIC!r}")
    return START + header_length + table_length


def decode_table(head: bytes) -> Table:
    """Parse a file's bytes up to the offset of its faces. Raises ValueError for another format."""
    ends = table_ends(head[:START])
    _magic, header_length, _table_length = _LENGTHS.unpack_from(head)
    header = json.loads(head[START : START + header_length])
    raw = zlib.decompress(head[START + header_length : ends])
    persons, width = header["persons"], header["width"]
    ids_at = 2 * 4 * SIZE
    return Table(
        ids=np.frombuffer(raw, f"S{width}", persons, ids_at),
        counts=np.frombuffer(raw, np.uint8, persons, ids_at + persons * width),
        models=tuple(header["models"]),
        quantizer=Quantizer(np.frombuffer(raw, "<f4", SIZE), np.frombuffer(raw, "<f4", SIZE, 4 * SIZE)),
    )


def decode_faces(rest: np.ndarray) -> Faces:
    """A file's bytes from the offset of its faces on, uint8, as faces; copies nothing, and changes the bytes."""
    faces = _faces(rest)
    _turn_sign(faces.codes.numbers)
    return faces


def space_for(length: int) -> np.ndarray:
    """A buffer aligned to cache lines, as vector instructions need it: uint8 (length,)."""
    room = np.empty(length + _ALIGNED, np.uint8)
    start = -room.ctypes.data % _ALIGNED
    return room[start : start + length]


def _turn_sign(numbers: np.ndarray) -> None:
    """Make c + 128 of c, or c of c + 128, as bytes, in place."""
    np.bitwise_xor(numbers, np.uint8(ZERO), out=numbers)


def _faces(data: np.ndarray) -> Faces:
    count = len(data) // FACE_BYTES
    parts = np.split(data, np.cumsum([SIZE * count, 4 * count, 4 * count, 2 * count]))
    numbers, offsets, lost, lengths, models = parts
    codes = Codes(numbers.reshape(-1, SIZE), offsets.view("<f4"), lost.view("<f4"), lengths.view("<u2"))
    return Faces(codes, models)


def _empty(count: int) -> Faces:
    return _faces(space_for(count * FACE_BYTES))


def _without_unused_models(segment: Segment) -> Segment:
    """Drop the models whose faces a merge left behind."""
    table, faces = segment.table, segment.faces
    used = np.unique(faces.models)
    renumbered = np.zeros(max(len(table.models), 1), np.uint8)
    renumbered[used] = np.arange(len(used))
    models = tuple(table.models[number] for number in used)
    return Segment(
        Table(table.ids, table.counts, models, table.quantizer), Faces(faces.codes, renumbered[faces.models])
    )
