"""Reading packed groups: which requests are made, and what is refused."""

import pytest

from tests.support.interleaving import watched
from tests.support.library import MODEL, enrol, face
from visage.errors import Reason, VisageError
from visage.gallery.index import snapshot_files
from visage.gallery.index.view import view
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import pack

pytestmark = pytest.mark.usefixtures("deployment")


def enrol_many(library: Library, first: int, count: int) -> None:
    for number in range(first, first + count):
        enrol(library, f"p{number:03}", ["g"], [number])


def test_a_group_that_nobody_founded_is_unknown(library):
    enrol(library, "ann", ["g"], [])
    with pytest.raises(VisageError) as raised:
        view("acme", "h")
    assert raised.value.reason is Reason.GROUP_UNKNOWN


def test_a_group_of_several_parts_is_read_by_several_requests(library, monkeypatch):
    monkeypatch.setattr(snapshot_files, "_PART", 500)
    enrol_many(library, 0, 20)
    pack("acme")
    seen = view("acme", "g")
    assert [match.person_id for match in seen.search(face(7).embedding[None], 1, model=MODEL)[0]] == ["p007"]
    requests = []
    with watched(lambda operation, _parameters, call: requests.append(operation) or call()):
        snapshot_files.read_faces(snapshot_files.edition("acme", "g").files[0])
    assert requests.count("GetObject") == 6


def test_who_lists_persons_reads_no_codes(library):
    enrol_many(library, 0, 20)
    pack("acme")
    ranges = []

    def note(operation, parameters, call):
        if operation == "GetObject":
            ranges.append(parameters["Range"])
        return call()

    with watched(note):
        assert len(view("acme", "g").persons(None, 100)) == 20
    (file,) = snapshot_files.edition("acme", "g").files
    assert ranges == [f"bytes=0-{file.head - 1}"]


def test_a_warm_container_reads_only_what_changed(library):
    enrol_many(library, 0, 5)
    pack("acme")
    enrol(library, "new", ["g"], [50])
    view("acme", "g").search(face(1).embedding[None], 1, model=MODEL)
    calls = []
    with watched(lambda operation, _parameters, call: calls.append(operation) or call()):
        view("acme", "g").search(face(1).embedding[None], 1, model=MODEL)
    assert calls == ["Query", "GetItem", "BatchGetItem"], "the changes, the edition, and the candidates"


def test_faces_of_another_model_are_an_error_until_the_last_is_replaced(library):
    enrol_many(library, 0, 2)
    pack("acme")
    probe = face(0).embedding[None]
    for number in (0, 1):
        with pytest.raises(VisageError) as raised:
            view("acme", "g").search(probe, model="new")
        assert raised.value.reason is Reason.MODEL_CHANGED
        person_id = f"p{number:03}"
        library.replace_embedding(library.person(person_id), face(number).id, face(number).embedding, "new")
    assert len(view("acme", "g").search(probe, model="new")[0]) == 2
    pack("acme")
    assert len(view("acme", "g").search(probe, model="new")[0]) == 2
