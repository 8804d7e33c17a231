"""A group's move to a vector index: searches are right before, during and after it, whichever process dies."""

import contextlib
import copy
from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest

from local.cloud.vectors import Vectors
from tests.support.interleaving import Killed, watched
from tests.support.library import MODEL, embeddings, enrol, face, fill_table, put_objects, save_objects, save_table
from tests.unit.gallery.upkeep.conftest import Clock
from visage import table
from visage.errors import Reason, VisageError
from visage.gallery.index import snapshot_files
from visage.gallery.index.search import similarities
from visage.gallery.index.view import view
from visage.gallery.persons import rows
from visage.gallery.persons.store import Library
from visage.gallery.upkeep import indexing
from visage.gallery.upkeep.leases import Lease
from visage.gallery.upkeep.pack import pack
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")

PERSONS = {f"p{number}": [3 * number, 3 * number + 1] for number in range(7)}


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    monkeypatch.setattr(table, "_PAUSES", (0.0,) * 3)
    monkeypatch.setattr(indexing, "_BATCH", 2)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library whose group `g` has 14 faces and is due to move to an index; `small` is not."""
    monkeypatch.setenv("VISAGE_VECTORS_FROM", "8")
    settings.cache_clear()
    made = Library("acme")
    for person_id, numbers in PERSONS.items():
        enrol(made, person_id, ["g", "small"] if person_id == "p0" else ["g"], numbers)
    return made


def _index(vectors: Vectors) -> set[str]:
    """Faces in the only index."""
    (index,) = vectors.buckets["visage-vectors"].values()
    return set(index.vectors)


def _members(library: Library) -> list[Any]:
    known = library.persons([*PERSONS, "new", "other"])
    return [person for person in known.values() if "g" in person.groups]


def _faces(library: Library) -> set[str]:
    return {f"{person.id}/{face_id}" for person in _members(library) for face_id in person.faces}


def _assert_searches_are_exact(library: Library) -> None:
    probes = np.concatenate([embeddings(2, seed=900), face(0).embedding[None], face(7).embedding[None]])
    for probe, found in zip(probes, view("acme", "g").search(probes, 3, model=MODEL), strict=True):
        best = {
            person.id: float(similarities(np.stack([each.embedding for each in person.faces.values()]), probe).max())
            for person in _members(library)
            if person.faces
        }
        ranked = sorted(best.items(), key=lambda entry: (-entry[1], entry[0]))[:3]
        assert [(match.person_id, match.similarity) for match in found] == ranked


def _edition() -> snapshot_files.Edition:
    return snapshot_files.edition("acme", "g")


def _steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make fillings take one step at a time."""
    moments = count()
    monkeypatch.setattr(indexing, "time", type("T", (), {"monotonic": staticmethod(lambda: next(moments) * 15.0)}))


def test_a_group_moves_when_it_has_more_faces_than_the_deployment_says(library: Library, vectors: Vectors) -> None:
    pack("acme")
    edition = _edition()
    assert edition.index and not edition.filling
    assert _index(vectors) == _faces(library)
    assert not snapshot_files.edition("acme", "small").index
    _assert_searches_are_exact(library)


def test_a_group_of_just_so_many_faces_stays(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISAGE_VECTORS_FROM", "14")
    settings.cache_clear()
    pack("acme")
    assert not _edition().index and not _edition().filling


def test_searches_use_the_snapshot_until_the_index_is_full(
    library: Library, vectors: Vectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    _steps(monkeypatch)
    asked = []

    def note(operation: str, _parameters: Any, call: Callable[[], Any]) -> Any:
        asked.append(operation)
        return call()

    for _step in range(20):
        pack("acme")
        with watched(note):
            _assert_searches_are_exact(library)
        if not _edition().filling:
            break
        assert "QueryVectors" not in asked
    assert _edition().index and "QueryVectors" in asked
    assert _index(vectors) == _faces(library)


def _change(library: Library) -> None:
    """Every kind of change to a group's persons, including those whom a filling passes first and last."""
    library.delete_person("p0")
    library.delete_person("p6")
    library.leave("p1", ["g"])
    library.remove_faces("p2", [face(6).id, face(7).id])
    library.add_face(library.person("p2"), face(7))
    library.add_face(library.person("p3"), face(50))
    library.replace_embedding(library.person("p4"), face(12).id, embeddings(1, seed=77)[0], MODEL)
    library.delete_person("p5")
    enrol(library, "p5", ["g"], [15, 70])
    enrol(library, "new", ["g"], [60, 61])


@pytest.mark.parametrize("when", range(6))
def test_a_change_at_any_step_of_the_move_is_in_the_index(
    library: Library, vectors: Vectors, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    _steps(monkeypatch)
    for _step in range(when):
        pack("acme")
    _change(library)
    _assert_searches_are_exact(library)
    while library.changes() or not _edition().index:
        pack("acme")
        _assert_searches_are_exact(library)
    assert _index(vectors) == _faces(library)


class KillAfterWrite:
    """Kills the caller after its nth write, from 0; a crash after a read equals one before it."""

    def __init__(self, number: float) -> None:
        self.left = number

    def __call__(self, operation: str, _parameters: Any, call: Callable[[], Any]) -> Any:
        answer = call()
        if not operation.startswith(("BatchGet", "Get", "Query")):
            if self.left == 0:
                raise Killed
            self.left -= 1
        return answer


@pytest.mark.slow
@pytest.mark.parametrize("moved", [False, True], ids=["during the move", "after it"])
def test_whoever_dies_after_any_write_another_one_goes_on(
    library: Library, vectors: Vectors, clock: Clock, moved: bool
) -> None:
    if moved:
        pack("acme")
        _change(library)
    kept, files, held = save_table(), save_objects(), copy.deepcopy(vectors.buckets)
    for number in count():
        fill_table(kept)
        put_objects(files)
        vectors.buckets = copy.deepcopy(held)
        try:
            with watched(KillAfterWrite(number)):
                pack("acme")
        except Killed:
            pass
        else:
            break
        if not moved:
            library.remove_faces("p2", [face(6).id])
            library.delete_person("p3")
        _assert_searches_are_exact(library)
        clock.now += 61  # the lease of the dead runs out
        pack("acme")
        assert _edition().index and not library.changes()
        assert _index(vectors) == _faces(library), number
    assert number > 10


def test_only_one_packer_writes_to_an_index(library: Library, clock: Clock) -> None:
    pack("acme")
    library.remove_faces("p0", [face(0).id])
    other = Lease.acquire("acme", "g")
    assert other
    with pytest.raises(VisageError) as given_up:
        pack("acme")
    assert given_up.value.reason is Reason.CONTENDED
    assert library.changes(), "what the index does not know stays a change"
    _assert_searches_are_exact(library)
    clock.now += 61
    pack("acme")
    assert not library.changes()
    with pytest.raises(VisageError):
        other.extend()


def test_a_packer_that_stalls_before_it_writes_brings_no_removed_face_back(
    library: Library, vectors: Vectors
) -> None:
    pack("acme")
    library.set_person("p0", note="changed")
    stalled = []

    def stall(operation: str, _parameters: Any, call: Callable[[], Any]) -> Any:
        if operation == "PutVectors" and not stalled:
            stalled.append(operation)
            library.remove_faces("p0", [face(0).id])
            with contextlib.suppress(VisageError):
                pack("acme")
        return call()

    with watched(stall):
        pack("acme")
    assert stalled and not library.changes()
    assert _index(vectors) == _faces(library)


def test_files_of_a_group_with_an_index_hold_no_codes(library: Library) -> None:
    pack("acme")
    enrol(library, "new", ["g"], [60, 61])
    library.remove_faces("p0", [face(0).id])
    pack("acme")
    assert all(file.size == file.head for file in _edition().files[1:] or _edition().files)
    assert view("acme", "g").total == 8
    assert view("acme", "g").persons(None, 10) == sorted([*PERSONS, "new"])
    assert view("acme", "g").faces >= 15


def test_a_search_of_a_group_with_an_index_loads_no_file(library: Library) -> None:
    pack("acme")
    used = []

    def note(operation: str, _parameters: Any, call: Callable[[], Any]) -> Any:
        used.append(operation)
        return call()

    with watched(note):
        view("acme", "g").search(embeddings(1), 3, model=MODEL)
    assert sorted(set(used)) == ["BatchGetItem", "GetItem", "Query", "QueryVectors"]


def test_a_group_with_faces_of_another_model_is_not_searched(library: Library) -> None:
    pack("acme")
    with pytest.raises(VisageError) as refused:
        view("acme", "g").search(embeddings(1), 3, model="model-2")
    assert refused.value.reason is Reason.MODEL_CHANGED


def test_a_group_whose_faces_were_all_embedded_again_is_searched_by_the_new_model(library: Library) -> None:
    pack("acme")
    for person in _members(library):
        for number, face_id in enumerate(person.faces):
            library.replace_embedding(person, face_id, embeddings(1, seed=300 + number)[0], "model-2")
    pack("acme")
    assert view("acme", "g").search(embeddings(1, seed=300), 1, model="model-2")[0]


def test_what_an_approximate_engine_overlooks_is_missed_and_nothing_else_is_wrong(
    library: Library, vectors: Vectors
) -> None:
    pack("acme")
    vectors.overlooked.add(f"p0/{face(0).id}")
    (found,) = view("acme", "g").search(face(0).embedding[None], 7, model=MODEL)
    by_id = {match.person_id: match for match in found}
    # Another face of the same person was found, and he is compared by all of them.
    assert by_id["p0"].face_id == face(0).id and by_id["p0"].similarity == pytest.approx(1)
    vectors.overlooked.add(f"p0/{face(1).id}")
    (found,) = view("acme", "g").search(face(0).embedding[None], 7, model=MODEL)
    assert "p0" not in {match.person_id for match in found}
    assert len(found) == 6


def test_the_progress_of_a_filling_is_that_of_this_index_only(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    _steps(monkeypatch)
    pack("acme")
    row = table.get(rows.index_key("acme", "g"))
    assert row and row["filled"]["S"].startswith(f"{_edition().filling}/p")
