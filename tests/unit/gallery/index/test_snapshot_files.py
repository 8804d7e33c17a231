"""Snapshot files, uploaded to S3 and downloaded again."""

import numpy as np
import pytest

from tests.support.interleaving import watched
from tests.support.library import MODEL
from visage.gallery.index import snapshot_files
from visage.gallery.index.quantizer import trained
from visage.gallery.index.segments import FACE_BYTES, Segment, Table, decode_faces, encode_ids, space_for

pytestmark = pytest.mark.usefixtures("deployment")


def random_segment(persons: int) -> Segment:
    """A segment with one face per person."""
    table = Table(
        encode_ids([f"{number:07}" for number in range(persons)]), np.ones(persons, np.uint8), (MODEL,), trained()
    )
    data = space_for(persons * FACE_BYTES)
    data[:] = np.random.default_rng(1).integers(0, 256, len(data), np.uint8)
    return Segment(table, decode_faces(data))


@pytest.mark.parametrize(("persons", "parts"), [(10_000, 0), (100_000, 2)])
def test_a_large_file_is_written_in_parts_and_read_whole(persons: int, parts: int) -> None:
    segment, operations = random_segment(persons), []
    with watched(lambda operation, _parameters, call: (operations.append(operation), call())[1]):
        file = snapshot_files.write("acme", "g", segment)
    assert operations.count("UploadPart") == parts
    assert operations.count("PutObject") == (0 if parts else 1)
    read, table = snapshot_files.read_faces(file), snapshot_files.read_table(file)
    assert np.array_equal(table.ids, segment.table.ids)
    assert np.array_equal(read.models, segment.faces.models)
    assert np.array_equal(read.codes.numbers, segment.faces.codes.numbers)
