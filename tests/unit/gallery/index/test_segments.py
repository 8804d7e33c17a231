"""The immutable files: round trips, and precedence of newer files."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.library import MODEL, face
from visage.gallery.index.quantizer import SIZE
from visage.gallery.index.segments import (
    GONE,
    Segment,
    build,
    decode_faces,
    decode_table,
    encode,
    encode_ids,
    merge,
    space_for,
    superseded,
)
from visage.gallery.persons.types import Person

IDS = st.text("ab_-Z9", min_size=1, max_size=32)
MEMBERS = st.dictionaries(IDS, st.none() | st.lists(st.integers(0, 50), max_size=4, unique=True), max_size=8)
"""Persons by id, each with the numbers of its faces; None: gone."""


def person(person_id: str, numbers: list[int], model: str = MODEL) -> Person:
    faces = [face(number, model=model) for number in numbers]
    return Person(person_id, born="", stamp="", faces={each.id: each for each in faces})


def segment(members: dict[str, list[int] | None], model: str = MODEL) -> Segment:
    return build({
        person_id: None if numbers is None else person(person_id, numbers, model)
        for person_id, numbers in members.items()
    })


def contents(of: Segment) -> dict[str, bytes | None]:
    """By id, the codes of a person's faces, with the names of the models."""
    table, codes = of.table, of.faces.codes
    held = {}
    for row, person_id in enumerate(table.ids):
        faces = slice(table.starts[row], table.starts[row + 1])
        models = [table.models[number] for number in of.faces.models[faces]]
        parts = (codes.numbers, codes.offsets, codes.lost, codes.lengths)
        gone = table.counts[row] == GONE
        held[person_id.decode()] = None if gone else (models, *(part[faces].tobytes() for part in parts))
    return held


def read(file: bytearray, head: int) -> Segment:
    rest = space_for(len(file) - head)
    rest[:] = np.frombuffer(file, np.uint8)[head:]
    return Segment(decode_table(bytes(file[:head])), decode_faces(rest))


def all_rows(segments: list[Segment]) -> list[np.ndarray]:
    return [np.flatnonzero(~rows) for rows in superseded([each.table for each in segments])]


@settings(max_examples=30)
@given(members=MEMBERS)
def test_written_segments_are_read_back(members):
    written = segment(members)
    again = read(*encode(written))
    assert contents(again) == contents(written)
    assert (again.table.models, again.table.quantizer.id) == (written.table.models, written.table.quantizer.id)
    assert list(again.table.ids) == [each.encode() for each in sorted(members)]


@settings(max_examples=30)
@given(history=st.lists(MEMBERS, min_size=1, max_size=4))
def test_the_newest_file_decides_about_a_person(history):
    segments = [segment(members) for members in history]
    merged = contents(merge(segments, all_rows(segments)))
    expected = {}
    for each in segments:
        expected |= contents(each)
    assert merged == expected


def test_codes_are_aligned_for_vector_instructions():
    file, head = encode(segment({"ann": [1, 2], "ben": [3]}))
    assert head % 64 == 0
    assert read(file, head).faces.codes.numbers.ctypes.data % 64 == 0


def test_a_file_holds_the_codes_with_their_signs():
    written = segment({"ann": [1], "bob": [2]})
    file, head = encode(written)
    stored = np.frombuffer(file, np.int8)[head : head + 2 * SIZE].reshape(2, SIZE)
    assert (stored < 0).any() and np.array_equal(stored.astype(np.int16) + 128, written.faces.codes.numbers)


def test_another_format_is_refused():
    file, head = encode(segment({"ann": [1]}))
    file[7] += 1
    with pytest.raises(ValueError, match="format"):
        decode_table(bytes(file[:head]))


def test_a_model_leaves_with_its_last_face():
    older, newer = segment({"ann": [1], "ben": [2]}, "old"), segment({"ann": [3], "ben": None}, "new")
    merged = merge([older, newer], all_rows([older, newer]))
    assert merged.table.models == ("new",)
    assert list(merged.faces.models) == [0]


def test_faces_keep_their_models():
    older, newer = segment({"ann": [1], "ben": [2]}, "z"), segment({"ben": [3]}, "a")
    merged = merge([older, newer], all_rows([older, newer]))
    assert [models for models, *_codes in contents(merged).values()] == [["z"], ["a"]]


def test_rows_are_found_by_id_and_faces_by_row():
    table = segment({"ann": [1, 2], "ben": None, "cid": [], "dora": [3]}).table
    assert list(table.rows(encode_ids(["dora", "nobody", "ann", "annabel-with-a-much-longer-name"]))) == [3, 0]
    assert list(table.faces_of(np.array([3, 0]))) == [2, 0, 1]
    assert list(table.owners(np.array([0, 1, 2]))) == [0, 0, 3]
    assert list(segment({}).table.rows(encode_ids(["ann"]))) == []
    assert list(table.rows(encode_ids([]))) == []


def test_ids_sort_as_text_does():
    ids = ["b", "Z", "a-", "a", "_", "9", "a" * 32]
    assert [each.decode() for each in np.sort(encode_ids(ids))] == sorted(ids)
