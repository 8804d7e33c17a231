"""The vector index as an engine: the shortlist, and the bound for everybody else."""

from itertools import count

import numpy as np
import pytest
from botocore.exceptions import ClientError

from local.cloud.vectors import Vectors
from tests.support.interleaving import watched
from tests.support.library import MODEL, embeddings, face
from visage import aws, table
from visage.errors import Reason, VisageError
from visage.gallery.index.vectors import VectorIndex, new_name
from visage.gallery.persons.types import Person, StoredFace

pytestmark = pytest.mark.usefixtures("deployment")


def _person(person_id: str, *numbers: int) -> Person:
    faces = [face(number) for number in numbers]
    return Person(person_id, born="b", stamp="s", groups=frozenset({"g"}), faces={each.id: each for each in faces})


def _around(probe: np.ndarray, number: int, seed: int, spread: float = 0.5) -> np.ndarray:
    """Embeddings similar to the probe: float32 (number, 128)."""
    vectors = probe + spread * embeddings(number, seed)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _crowd(probe: np.ndarray, persons: int, faces: int, seed: int = 7) -> list[Person]:
    """Persons who all look somewhat like the probe."""
    vectors = iter(_around(probe, persons * faces, seed))
    ids = count(10**18)
    made = []
    for number in range(persons):
        own = [StoredFace(str(next(ids)), next(vectors), MODEL, "", kept=False) for _face in range(faces)]
        made.append(Person(f"p{number:04}", born="b", stamp="s", faces={each.id: each for each in own}))
    return made


def _similarity(person: Person, probe: np.ndarray) -> float:
    return max(float(each.embedding @ probe) for each in person.faces.values())


@pytest.fixture
def index() -> VectorIndex:
    made = VectorIndex(new_name("acme", "g"))
    made.create()
    return made


def _keys(vectors: Vectors) -> set[str]:
    return {key for indexes in vectors.buckets.values() for one in indexes.values() for key in one.vectors}


def test_faces_are_stored_under_their_persons_and_are_replaced_and_deleted_by_name(
    index: VectorIndex, vectors: Vectors
) -> None:
    index.put([_person("ann", 1, 2), _person("bob", 3)])
    index.put([_person("ann", 1, 2)])
    assert _keys(vectors) == {f"ann/{face(1).id}", f"ann/{face(2).id}", f"bob/{face(3).id}"}
    index.delete([("ann", face(1).id), ("nobody", "1")])
    assert _keys(vectors) == {f"ann/{face(2).id}", f"bob/{face(3).id}"}


def test_more_faces_than_fit_into_a_request_go_into_several(index: VectorIndex, vectors: Vectors) -> None:
    crowd = _crowd(embeddings(1)[0], 30, 20)
    index.put(crowd)
    assert len(_keys(vectors)) == 600
    index.delete((person.id, face_id) for person in crowd for face_id in person.faces)
    assert not _keys(vectors)


def test_creating_an_index_twice_is_harmless(index: VectorIndex) -> None:
    index.put([_person("ann", 1)])
    index.create()
    (shortlist,) = index.shortlists(face(1).embedding[None], 5, [[]], ())
    assert shortlist.persons == ("ann",)


def test_an_index_has_a_valid_and_unique_name() -> None:
    names = {new_name("Acme_1", "A-Group") for _ in range(50)} | {new_name("acme_1", "a-group")}
    assert len(names) == 51
    assert all(3 <= len(name) <= 63 and name == name.lower() and "_" not in name for name in names)


@pytest.mark.parametrize(("persons", "faces"), [(3, 2), (40, 20), (300, 1)])
@pytest.mark.parametrize("without", [0, 12])
def test_the_best_are_listed_and_the_others_are_below_the_bound(
    index: VectorIndex, persons: int, faces: int, without: int
) -> None:
    probes = embeddings(3, seed=11)
    crowd = _crowd(probes[0], persons, faces)
    index.put(crowd)
    for number, probe in enumerate(probes):
        ranked = sorted(crowd, key=lambda person: -_similarity(person, probe))
        excluded = {person.id for person in ranked[:without]}
        left = [person for person in ranked if person.id not in excluded]
        shortlist = index.shortlists(probes, 5, [[], [], []], excluded)[number]
        assert {person.id for person in left[:5]} <= set(shortlist.persons)
        assert not excluded & set(shortlist.persons)
        others = [_similarity(person, probe) for person in left if person.id not in shortlist.persons]
        assert max(others, default=-np.inf) < shortlist.below or not others
        if len(left) >= 5:
            assert shortlist.below <= _similarity(left[4], probe), "or the view would ask again"


def test_stale_faces_beyond_a_persons_limit_hide_nobody(index: VectorIndex) -> None:
    probe = embeddings(1, seed=5)[0]
    near = [StoredFace(str(number), vector, MODEL, "", kept=False)
            for number, vector in enumerate(_around(probe, 250, seed=6, spread=0.1))]
    index.put([Person("ann", born="b", stamp="s", faces={each.id: each for each in near}), _person("bob", 1)])
    (shortlist,) = index.shortlists(probe[None], 5, [[]], {"ann"})
    assert shortlist.persons == ("bob",)


def test_a_list_need_not_go_below_what_is_known(index: VectorIndex) -> None:
    probe = embeddings(1, seed=5)[0]
    crowd = _crowd(probe, 200, 1)
    index.put(crowd)
    ranked = sorted((_similarity(person, probe) for person in crowd), reverse=True)
    known = [ranked[2] + 0.01] * 5
    (shortlist,) = index.shortlists(probe[None], 5, [known], ())
    better = [person.id for person in crowd if _similarity(person, probe) > known[0]]
    assert set(better) <= set(shortlist.persons)
    assert len(shortlist.persons) < 5


def test_a_search_costs_one_request_when_few_persons_have_changed(index: VectorIndex) -> None:
    probe = embeddings(1, seed=5)[0]
    index.put(_crowd(probe, 150, 2))
    made = []

    def note(operation, _parameters, call):
        made.append(operation)
        return call()

    with watched(note):
        (shortlist,) = index.shortlists(probe[None], 5, [[]], ())
    assert made == ["QueryVectors"]
    assert 5 <= len(shortlist.persons) < 20, "few persons are to be compared exactly"


def test_faces_that_the_service_misses_are_not_listed(index: VectorIndex, vectors: Vectors) -> None:
    index.put([_person("ann", 1), _person("bob", 2)])
    vectors.overlooked.add(f"ann/{face(1).id}")
    (shortlist,) = index.shortlists(face(1).embedding[None], 5, [[]], ())
    assert shortlist.persons == ("bob",)


def test_an_empty_index_lists_nobody(index: VectorIndex) -> None:
    (shortlist,) = index.shortlists(embeddings(1), 5, [[]], ())
    assert (shortlist.persons, shortlist.below) == ((), -np.inf)


def test_only_an_index_of_other_models_has_another_model() -> None:
    assert not VectorIndex("name", ["model-1"]).holds_other_model("model-1", ())
    assert VectorIndex("name", ["model-1", "model-2"]).holds_other_model("model-1", ())
    assert not VectorIndex("name").holds_other_model("model-1", ())


def _busy(times: int):
    failures = iter([True] * times)

    def handle(operation, _parameters, call):
        if next(failures, False):
            raise ClientError({"Error": {"Code": "TooManyRequestsException", "Message": "slow down"}}, operation)
        return call()

    return handle


def test_a_busy_service_is_retried(index: VectorIndex, vectors: Vectors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_PAUSES", (0.0,) * 5)
    with watched(_busy(5)):
        index.put([_person("ann", 1)])
    assert _keys(vectors) == {f"ann/{face(1).id}"}


def test_a_service_that_stays_busy_is_given_up(index: VectorIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "_PAUSES", (0.0,) * 5)
    with watched(_busy(6)), pytest.raises(VisageError) as given_up:
        index.put([_person("ann", 1)])
    assert given_up.value.reason is Reason.CONTENDED


def test_a_busy_service_is_not_retried_beyond_the_lease(
    index: VectorIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "_PAUSES", (0.0,) * 5)
    monkeypatch.setattr("visage.gallery.index.vectors._RETRY_SECONDS", -1)
    with watched(_busy(1)), pytest.raises(VisageError) as given_up:
        index.put([_person("ann", 1)])
    assert given_up.value.reason is Reason.CONTENDED


def test_other_failures_are_not_hidden(index: VectorIndex) -> None:
    with pytest.raises(aws.client("s3vectors").exceptions.NotFoundException):
        VectorIndex("no-such-index").put([_person("ann", 1)])
