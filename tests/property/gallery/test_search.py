"""A search in files of codes finds the same persons in the same order as a comparison with every face."""

import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.library import MODEL, embeddings
from tests.unit.gallery.index.test_scan import like_faces
from visage.gallery.index.loaded_group import LoadedGroup
from visage.gallery.index.search import nearest, similarities
from visage.gallery.index.snapshot_files import Edition
from visage.gallery.persons.types import Person, StoredFace
from visage.gallery.upkeep import compaction

pytestmark = pytest.mark.usefixtures("deployment")

SPREADS = {
    "like faces": like_faces,
    "in all directions": embeddings,
    "nearly the same": lambda count, seed: unit(like_faces(1, seed) + 1e-6 * embeddings(count, seed)),
    "the same": lambda count, seed: np.repeat(like_faces(1, seed), count, axis=0),
    "a few, again and again": lambda count, seed: like_faces(3, seed)[np.arange(count) % 3],
}


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def person(person_id: str, rows: np.ndarray) -> Person:
    faces = [StoredFace(str(number), row, MODEL, "", kept=False) for number, row in enumerate(rows)]
    return Person(person_id, born="", stamp="", faces={face.id: face for face in faces})


def brute_force(persons: Mapping[str, Person], probe: np.ndarray, count: int) -> list[tuple[str, float]]:
    best = {
        person_id: max(similarities(face.embedding[None], probe)[0] for face in each.faces.values())
        for person_id, each in persons.items()
        if each.faces
    }
    return sorted(((each, float(best[each])) for each in best), key=lambda found: (-found[1], found[0]))[:count]


def found(snapshot: LoadedGroup, probes: np.ndarray, count: int, changed: Mapping[str, Person | None],
          items: Mapping[str, Person]) -> list[list[tuple[str, float]]]:
    def read(person_ids):
        return {person_id: items[person_id] for person_id in person_ids if person_id in items}

    matches = nearest(snapshot, probes, count, model=MODEL, changed=changed, read=read)
    return [[(match.person_id, match.similarity) for match in each] for each in matches]


def published(history: Sequence[Mapping[str, Person | None]], stamp: str) -> LoadedGroup:
    files = ()
    for members in history:
        files = compaction.extend("acme", "g", files, members)
    return LoadedGroup(Edition(stamp, tuple(files)))


@settings(max_examples=20)
@given(
    seed=st.integers(0, 2**32 - 1),
    persons=st.integers(1, 150),
    files=st.integers(1, 4),
    merging=st.booleans(),
    count=st.integers(1, 7),
)
@pytest.mark.parametrize("spread", SPREADS)
def test_a_search_finds_what_brute_force_finds(spread, seed, persons, files, merging, count):
    chance = random.Random(seed)
    ids = [f"p{number}" for number in range(persons)]
    rows = iter(SPREADS[spread](20 * persons * files + 20, seed))
    group: dict[str, Person] = {}
    history = []
    for number in range(files):
        some = ids if number == 0 else chance.sample(ids, chance.randint(0, persons))
        members: dict[str, Person | None] = {}
        for person_id in some:
            gone = number > 0 and chance.random() < 0.4
            faces = [next(rows) for _ in range(chance.choice([0, 1, 1, 1, 2, 3]))]
            members[person_id] = None if gone else person(person_id, faces)
        history.append(members)
        group |= {person_id: each for person_id, each in members.items() if each}
        for person_id in [person_id for person_id, each in members.items() if each is None]:
            group.pop(person_id, None)
    changed: dict[str, Person | None] = {}
    for person_id in chance.sample(ids, persons // 5):
        changed[person_id] = chance.choice([None, person(person_id, [next(rows)])])
    now = {person_id: each for person_id, each in (group | changed).items() if each}
    # Whoever changes while the search is under way counts as it is when it is read.
    for person_id in chance.sample(sorted(group), len(group) // 10):
        if person_id not in changed and (chance.random() < 0.5 or not group[person_id].faces):
            now.pop(person_id)
    probes = np.stack([next(rows), *SPREADS[spread](2, seed)])
    with pytest.MonkeyPatch.context() as patch:
        if not merging:
            patch.setattr(compaction, "_RATIO", 0)
        snapshot = published(history, f"{spread}{seed}{persons}{files}{merging}")
    results = found(snapshot, probes, count, changed, now)
    assert results == [brute_force(now, probe, count) for probe in probes]
    assert snapshot.persons == len(group)
    assert snapshot.faces == sum(len(each.faces) for each in group.values())
    assert [each.decode() for each in snapshot.ids()] == sorted(group)


def test_a_person_with_twenty_faces_at_the_top_does_not_crowd_others_out():
    rows = like_faces(400, seed=0)
    twin = unit(rows[:1] + 1e-3 * embeddings(20, seed=1))
    persons = {"many": person("many", twin), **{f"p{n}": person(f"p{n}", rows[n : n + 1]) for n in range(1, 400)}}
    snapshot = published([persons], "twenty")
    assert found(snapshot, rows[:1], 5, {}, persons) == [brute_force(persons, rows[0], 5)]


def test_hundreds_of_equal_persons_are_told_by_their_ids():
    (row,) = like_faces(1, seed=0)
    persons = {f"p{number:04}": person(f"p{number:04}", [row]) for number in range(2500)}
    (result,) = found(published([persons], "equal"), row[None], 5, {}, persons)
    assert [person_id for person_id, _similarity in result] == ["p0000", "p0001", "p0002", "p0003", "p0004"]


def test_who_was_removed_meanwhile_makes_room_for_the_next():
    rows = like_faces(3000, seed=0)
    persons = {f"p{number}": person(f"p{number}", [row]) for number, row in enumerate(rows)}
    best = [person_id for person_id, _similarity in brute_force(persons, rows[5], 12)]
    left = {person_id: each for person_id, each in persons.items() if person_id not in best[:10]}
    (result,) = found(published([persons], "removed"), rows[5:6], 2, {}, left)
    assert [person_id for person_id, _similarity in result] == best[10:]


def test_few_persons_are_compared_exactly():
    rows = like_faces(5000, seed=0)
    persons = {f"p{number}": person(f"p{number}", [row]) for number, row in enumerate(rows)}
    (shortlist,) = published([persons], "few").shortlists(like_faces(1, seed=1), 5, [[]], [])
    assert 5 <= len(shortlist.persons) < 40
