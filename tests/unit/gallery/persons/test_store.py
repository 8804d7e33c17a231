"""The library: the rows that each operation writes, and what it refuses."""

import numpy as np
import pytest

from tests.support.interleaving import watched
from tests.support.library import embeddings, enrol, face, refusal
from visage.errors import Reason
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import FACES, GROUPS

pytestmark = pytest.mark.usefixtures("deployment")


# persons


def test_a_person_is_read_as_it_was_added(library):
    library.add_person("ann", ["staff", "guests"], "Ann 安", "first\nsecond")
    ann = library.person("ann")
    assert (ann.id, ann.name, ann.note, ann.groups) == ("ann", "Ann 安", "first\nsecond", {"staff", "guests"})
    assert not ann.faces


def test_a_name_and_a_note_may_be_missing(library):
    library.add_person("ann", ["staff"])
    assert (library.person("ann").name, library.person("ann").note) == ("", "")


def test_a_person_is_added_once(library):
    library.add_person("ann", ["staff"], "Ann")
    assert refusal(library.add_person, "ann", ["guests"], "Other") is Reason.PERSON_EXISTS
    assert library.person("ann").name == "Ann"
    assert library.groups() == ["staff"]


def test_an_unknown_person_is_refused_by_every_operation(library):
    library.add_person("ann", ["staff"])
    ann = library.delete_person("ann")
    for operation, *arguments in (
        (library.person, "ann"),
        (library.set_person, "ann", "Ann"),
        (library.delete_person, "ann"),
        (library.join, "ann", ["staff"]),
        (library.join, "ann", ["nowhere"]),
        (library.leave, "ann", ["staff"]),
        (library.add_face, ann, face(1)),
        (library.remove_faces, "ann", ["1"]),
        (library.replace_embedding, ann, "1", embeddings(1)[0], "model-2"),
    ):
        assert refusal(operation, *arguments) is Reason.PERSON_UNKNOWN


def test_setting_keeps_omitted_fields(library):
    library.add_person("ann", ["staff"], "Ann", "old")
    library.set_person("ann", note="new")
    assert (library.person("ann").name, library.person("ann").note) == ("Ann", "new")
    library.set_person("ann", name="")
    assert (library.person("ann").name, library.person("ann").note) == ("", "new")


def test_deleting_returns_the_person(library):
    enrol(library, "ann", ["staff"], [1], "Ann")
    gone = library.delete_person("ann")
    assert gone.name == "Ann" and list(gone.faces) == [face(1).id]
    assert library.persons(["ann"]) == {}


def test_many_persons_are_read_at_once_and_missing_ones_left_out(library):
    ids = [f"person{number}" for number in range(120)]
    for person_id in ids[:110]:
        library.add_person(person_id, ["staff"], person_id.upper())
    found = library.persons([*ids, *ids])
    assert sorted(found) == sorted(ids[:110])
    assert all(person.name == person_id.upper() for person_id, person in found.items())


def test_unprocessed_keys_are_requested_again(library, pauses):
    for person_id in ("ann", "ben", "cyd"):
        library.add_person(person_id, ["staff"])

    def one_a_call(operation, parameters, call):
        if operation != "BatchGetItem":
            return call()
        (name, wanted), *_rest = parameters["RequestItems"].items()
        keys = wanted["Keys"]
        wanted["Keys"] = keys[:1]
        left = {name: {"Keys": keys[1:]}} if keys[1:] else {}
        return call() | {"UnprocessedKeys": left}

    with watched(one_a_call):
        assert sorted(library.persons(["ann", "ben", "cyd"])) == ["ann", "ben", "cyd"]
    assert len(pauses) == 2


def test_libraries_are_separate(library):
    other = Library("acme2")
    library.add_person("ann", ["staff"], "Ann")
    other.add_person("ann", ["others"], "Another")
    other.delete_person("ann")
    assert library.person("ann").name == "Ann"
    assert library.groups() == ["staff"] and other.groups() == ["others"]
    assert [change.gone for change in library.changes()] == [False]


# groups


def test_adding_a_person_creates_missing_groups(library):
    assert library.groups() == []
    library.add_person("ann", ["b", "a"])
    library.add_person("ben", ["c", "b"])
    assert library.groups() == ["a", "b", "c"]


def test_a_group_stays_when_its_last_person_has_left(library):
    library.add_person("ann", ["a", "b"])
    library.leave("ann", ["a"])
    library.delete_person("ann")
    assert library.groups() == ["a", "b"]


def test_joining_and_leaving_return_the_updated_person(library):
    library.add_person("ann", ["a"])
    library.add_person("ben", ["b", "c"])
    assert library.join("ann", ["a", "b", "c"]).groups == {"a", "b", "c"}
    assert library.leave("ann", ["a", "c", "nowhere"]).groups == {"b"}
    assert library.person("ann").groups == {"b"}


def test_nobody_joins_a_group_that_does_not_exist(library):
    library.add_person("ann", ["a"])
    library.add_person("ben", ["b"])
    assert refusal(library.join, "ann", ["b", "nowhere"]) is Reason.GROUP_UNKNOWN
    assert library.person("ann").groups == {"a"}
    assert library.groups() == ["a", "b"]


def test_entering_creates_the_person_and_the_groups(library):
    ann = library.upsert("ann", ["a", "b"], requested_at=0)
    assert (ann.groups, ann.name, dict(ann.faces)) == ({"a", "b"}, "", {})
    assert library.person("ann").stamp == ann.stamp and library.groups() == ["a", "b"]


def test_entering_keeps_an_existing_persons_name_and_faces(library):
    enrol(library, "ann", ["a"], [1], "Ann")
    ann = library.upsert("ann", ["b", "new"], requested_at=0)
    assert (ann.groups, ann.name, list(ann.faces)) == ({"a", "b", "new"}, "Ann", [face(1).id])
    assert library.groups() == ["a", "b", "new"]
    assert library.upsert("ann", ["b"], requested_at=0).stamp == ann.stamp, "nothing is written for nothing"


def test_entering_respects_the_librarys_group_limit(library):
    library.add_person("ann", [f"group{number}" for number in range(GROUPS)])
    for person_id in ("ann", "ben"):
        assert refusal(library.upsert, person_id, ["newer"], 0) is Reason.TOO_MANY_GROUPS
    assert library.upsert("ben", ["group1"], requested_at=0).groups == {"group1"}


def test_leaving_a_group_keeps_the_faces(library):
    enrol(library, "ann", ["a"], [1, 2])
    assert list(library.leave("ann", ["a"]).faces) == [face(1).id, face(2).id]
    assert list(library.person("ann").faces) == [face(1).id, face(2).id]


def test_a_library_has_a_hundred_groups_at_most(library):
    library.add_person("ann", [f"group{number}" for number in range(GROUPS - 1)])
    assert refusal(library.add_person, "ben", ["group0", "new", "newer"]) is Reason.TOO_MANY_GROUPS
    assert library.persons(["ben"]) == {} and len(library.groups()) == GROUPS - 1
    library.add_person("ben", ["group0", "new"])
    assert len(library.groups()) == GROUPS
    assert refusal(library.add_person, "cyd", ["newer"]) is Reason.TOO_MANY_GROUPS
    library.add_person("cyd", ["group1"])


def test_more_groups_than_a_library_may_have_are_refused_at_once(library):
    groups = [f"group{number}" for number in range(GROUPS + 1)]
    assert refusal(library.add_person, "ann", groups) is Reason.TOO_MANY_GROUPS


# faces


def test_a_face_keeps_every_bit(library):
    library.add_person("ann", ["staff"])
    added = face(1, origin="task-1", kept=True)
    library.add_face(library.person("ann"), added)
    read = library.person("ann").faces[added.id]
    assert (read.id, read.model, read.origin, read.kept) == (added.id, added.model, "task-1", True)
    assert read.embedding.dtype == np.float32 and read.embedding.tobytes() == added.embedding.tobytes()


def test_faces_keep_the_order_in_which_they_were_added(library):
    numbers = [5, 1, 9, 3, 7, 2]
    enrol(library, "ann", ["staff"], numbers)
    library.remove_faces("ann", [face(9).id])
    library.add_face(library.person("ann"), face(9))
    assert list(library.person("ann").faces) == [face(number).id for number in (5, 1, 3, 7, 2, 9)]


def test_a_person_has_twenty_faces_at_most(library):
    enrol(library, "ann", ["staff"], range(FACES))
    assert refusal(library.add_face, library.person("ann"), face(FACES)) is Reason.TOO_MANY_FACES
    assert len(library.person("ann").faces) == FACES
    library.remove_faces("ann", [face(0).id])
    assert face(FACES).id in library.add_face(library.person("ann"), face(FACES)).faces


@pytest.mark.parametrize("again", [face(1, origin="other"), face(2, origin="task-1")], ids=["same id", "same origin"])
def test_a_face_is_enrolled_once(library, again):
    library.add_person("ann", ["staff"])
    library.add_face(library.person("ann"), face(1, origin="task-1"))
    assert list(library.add_face(library.person("ann"), again).faces) == [face(1).id]


def test_an_already_enrolled_face_is_accepted_even_if_the_person_is_full(library):
    enrol(library, "ann", ["staff"], range(FACES))
    assert len(library.add_face(library.person("ann"), face(3)).faces) == FACES


def test_faces_without_an_origin_are_different_faces(library):
    enrol(library, "ann", ["staff"], [1, 2])
    assert len(library.person("ann").faces) == 2


def test_removing_faces_returns_those_that_existed(library):
    enrol(library, "ann", ["staff"], [1, 2, 3])
    ann, removed = library.remove_faces("ann", [face(3).id, "unknown", face(1).id])
    assert removed == [face(1).id, face(3).id]
    assert list(ann.faces) == list(library.person("ann").faces) == [face(2).id]
    assert library.remove_faces("ann", [face(1).id])[1] == []


def test_a_face_meant_for_an_earlier_person_of_the_same_id_is_refused(library):
    library.add_person("ann", ["staff"])
    earlier = library.person("ann")
    library.delete_person("ann")
    library.add_person("ann", ["staff"])
    assert refusal(library.add_face, earlier, face(1)) is Reason.PERSON_UNKNOWN
    assert refusal(library.replace_embedding, earlier, "1", embeddings(1)[0], "m") is Reason.PERSON_UNKNOWN
    assert not library.person("ann").faces


def test_an_embedding_is_replaced_in_its_place(library):
    enrol(library, "ann", ["staff"], [1, 2])
    new = embeddings(1, seed=99)[0]
    library.replace_embedding(library.person("ann"), face(1).id, new, "model-2")
    first, second = library.person("ann").faces.values()
    assert (first.id, first.model, first.embedding.tobytes()) == (face(1).id, "model-2", new.tobytes())
    assert (second.id, second.model) == (face(2).id, face(2).model)


def test_the_embedding_of_a_removed_face_is_not_brought_back(library):
    enrol(library, "ann", ["staff"], [1])
    ann = library.person("ann")
    library.remove_faces("ann", [face(1).id])
    assert not library.replace_embedding(ann, face(1).id, embeddings(1)[0], "model-2").faces
