"""The library: what each operation does to the rows, and what it refuses."""

import numpy as np
import pytest
from botocore.exceptions import ClientError

from tests.interleaving import watched
from tests.library import embeddings, enrol, face
from visage.errors import Reason, VisageError
from visage.gallery import table
from visage.gallery.images import image_key
from visage.gallery.store import Library
from visage.gallery.types import FACES, GROUPS, Change

pytestmark = pytest.mark.usefixtures("deployment")


@pytest.fixture
def library():
    return Library("acme")


@pytest.fixture
def naps(monkeypatch):
    """The pauses that are taken, in seconds; nobody waits."""
    taken = []
    monkeypatch.setattr(table.time, "sleep", taken.append)
    return taken


def refusal(function, *arguments):
    with pytest.raises(VisageError) as raised:
        function(*arguments)
    return raised.value.reason


def only_change(library):
    (change,) = library.changes()
    return change


def cancelled(*codes):
    return ClientError(
        {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": code} for code in codes]},
        "TransactWriteItems",
    )


def failed(code):
    return ClientError({"Error": {"Code": code}}, "TransactWriteItems")


def failing(*errors):
    """Calls that write fail with these errors, one after the other; then they succeed."""
    left = list(errors)

    def handle(operation, _parameters, call):
        if operation in ("TransactWriteItems", "DeleteItem") and left:
            raise left.pop(0)
        return call()

    return watched(handle)


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


def test_setting_leaves_alone_what_is_not_given(library):
    library.add_person("ann", ["staff"], "Ann", "old")
    library.set_person("ann", note="new")
    assert (library.person("ann").name, library.person("ann").note) == ("Ann", "new")
    library.set_person("ann", name="")
    assert (library.person("ann").name, library.person("ann").note) == ("", "new")


def test_a_deleted_person_is_handed_out_once_more(library):
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


def test_what_dynamodb_leaves_unread_is_asked_for_again(library, naps):
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
    assert len(naps) == 2


def test_libraries_do_not_meet(library):
    other = Library("acme2")
    library.add_person("ann", ["staff"], "Ann")
    other.add_person("ann", ["others"], "Another")
    other.delete_person("ann")
    assert library.person("ann").name == "Ann"
    assert library.groups() == ["staff"] and other.groups() == ["others"]
    assert [change.gone for change in library.changes()] == [False]


# groups


def test_adding_a_person_founds_the_groups_that_do_not_exist(library):
    assert library.groups() == []
    library.add_person("ann", ["b", "a"])
    library.add_person("ben", ["c", "b"])
    assert library.groups() == ["a", "b", "c"]


def test_a_group_stays_when_its_last_person_has_left(library):
    library.add_person("ann", ["a", "b"])
    library.leave("ann", ["a"])
    library.delete_person("ann")
    assert library.groups() == ["a", "b"]


def test_joining_and_leaving_give_the_person_as_it_is_then(library):
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


def test_a_face_enrolled_before_is_no_error_when_the_person_has_no_room(library):
    enrol(library, "ann", ["staff"], range(FACES))
    assert len(library.add_face(library.person("ann"), face(3)).faces) == FACES


def test_faces_without_an_origin_are_different_faces(library):
    enrol(library, "ann", ["staff"], [1, 2])
    assert len(library.person("ann").faces) == 2


def test_removing_faces_tells_which_there_were(library):
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


# changes


def test_a_change_touches_the_groups_of_before_and_after(library):
    library.add_person("ann", ["a", "b"])
    library.add_person("ben", ["c"])
    library.settle(library.changes()[0])
    library.leave("ann", ["a"])
    library.join("ann", ["c"])
    library.set_person("ann", "Ann")
    change = library.changes()[0]
    assert change.touched == {"a", "b", "c"}
    assert change.stamp == library.person("ann").stamp and not change.gone
    library.settle(change)
    library.set_person("ann", "Anna")
    assert library.changes()[0].touched == {"b", "c"}


def test_a_deletion_is_a_change_with_a_stamp_of_its_own(library):
    library.add_person("ann", ["a"])
    stamp = library.person("ann").stamp
    library.delete_person("ann")
    assert only_change(library).gone and only_change(library).stamp != stamp
    library.add_person("ann", ["b"])
    assert not only_change(library).gone and only_change(library).touched == {"a", "b"}


def test_images_that_no_face_has_any_more_are_named(library):
    library.add_person("ann", ["a"])
    for number in (1, 2, 3):
        library.add_face(library.person("ann"), face(number, kept=number != 2))
    born = library.person("ann").born
    library.remove_faces("ann", [face(1).id, face(2).id])
    assert only_change(library).erase == {image_key("acme", born, face(1).id)} == {f"acme/{born}/{face(1).id}"}
    library.delete_person("ann")
    assert only_change(library).erase == {f"acme/{born}/{face(1).id}", f"acme/{born}/"}


def test_faces_that_the_person_has_no_more_are_named(library):
    enrol(library, "ann", ["a"], [1, 2, 3])
    assert only_change(library).removed == frozenset()
    library.remove_faces("ann", [face(2).id])
    library.replace_embedding(library.person("ann"), face(3).id, embeddings(1)[0], "model-2")
    assert only_change(library).removed == {face(2).id}
    library.delete_person("ann")
    assert only_change(library).removed == {face(number).id for number in (1, 2, 3)}


def test_a_settled_change_is_forgotten(library):
    library.add_person("ann", ["a"])
    library.settle(only_change(library))
    assert library.changes() == []


def test_a_change_that_moved_on_is_not_settled(library):
    library.add_person("ann", ["a"])
    known = only_change(library)
    library.set_person("ann", "Ann")
    library.settle(known)
    assert only_change(library).stamp == library.person("ann").stamp


def test_settling_twice_does_no_harm(library):
    library.add_person("ann", ["a"])
    change = only_change(library)
    library.settle(change)
    library.settle(change)
    assert library.person("ann").groups == {"a"}


def test_all_pages_of_the_changes_are_read(library):
    for number in range(5):
        library.add_person(f"person{number}", ["a"])

    def two_a_page(operation, parameters, call):
        if operation == "Query":
            parameters["Limit"] = 2
        return call()

    with watched(two_a_page):
        assert [change.person_id for change in library.changes()] == [f"person{number}" for number in range(5)]


def test_a_person_in_no_group_can_change(library):
    library.add_person("ann", [])
    library.set_person("ann", "Ann")
    assert only_change(library).touched == frozenset()
    assert only_change(library).stamp == library.person("ann").stamp


def test_a_change_describes_the_person_that_it_made_and_no_other(library):
    library.add_person("ann", ["a"])
    first = library.person("ann")
    library.set_person("ann", "Ann")
    second, change = library.person("ann"), only_change(library)
    assert change.describes(second) and not change.describes(first) and not change.describes(None)
    library.delete_person("ann")
    assert only_change(library).describes(None) and not only_change(library).describes(second)


def test_nothing_personal_is_in_a_representation(library):
    enrol(library, "ann", ["a"], [1], "Secret Name")
    library.set_person("ann", note="Secret Note")
    text = repr(library.person("ann"))
    assert "Secret" not in text and "embedding" not in text


# how rows are read and written


def test_every_read_is_consistent_and_every_write_one_small_transaction(library):
    seen = []

    def note(operation, parameters, call):
        seen.append((operation, parameters))
        return call()

    with watched(note):
        enrol(library, "ann", ["a", "b"], [1, 2])
        library.set_person("ann", "Ann", "note")
        library.join("ann", ["a"])
        library.leave("ann", ["a"])
        library.join("ann", ["a"])
        library.remove_faces("ann", [face(1).id])
        library.replace_embedding(library.person("ann"), face(2).id, embeddings(1)[0], "model-2")
        library.persons(["ann"])
        library.delete_person("ann")
        library.settle(*library.changes())

    for operation, parameters in seen:
        match operation:
            case "GetItem":
                assert parameters["ConsistentRead"]
            case "Query":
                assert parameters["ConsistentRead"]
                assert parameters["ExpressionAttributeValues"] == {":name": {"S": "CHANGED#acme"}}
            case "BatchGetItem":
                assert all(wanted["ConsistentRead"] for wanted in parameters["RequestItems"].values())
            case "TransactWriteItems":
                assert 2 <= len(parameters["TransactItems"]) <= 3
            case _:
                assert operation == "DeleteItem"
    written = [parameters for operation, parameters in seen if operation == "TransactWriteItems"]
    assert len(written) == 9
    assert len({parameters["ClientRequestToken"] for parameters in written}) == 9
    assert all(len(parameters["ClientRequestToken"]) <= 36 for parameters in written)


def test_what_changes_nothing_writes_nothing(library):
    enrol(library, "ann", ["a"], [1], "Ann")
    ann, change = library.person("ann"), only_change(library)
    library.set_person("ann", "Ann")
    library.join("ann", ["a"])
    library.leave("ann", ["b"])
    library.add_face(ann, face(1))
    library.remove_faces("ann", ["unknown"])
    library.replace_embedding(ann, "unknown", embeddings(1)[0], "model-2")
    assert library.person("ann").stamp == ann.stamp
    assert only_change(library) == change


@pytest.mark.parametrize(
    "error",
    [
        cancelled("ConditionalCheckFailed", "None"),
        cancelled("None", "TransactionConflict"),
        cancelled("ThrottlingError", "TransactionConflict"),
        failed("TransactionInProgressException"),
        failed("ThrottlingException"),
    ],
    ids=str,
)
def test_a_write_that_met_another_is_tried_again(library, naps, error):
    library.add_person("ann", ["a"])
    with failing(error, error):
        library.set_person("ann", "Ann")
    assert library.person("ann").name == "Ann"
    assert len(naps) == 2


def test_a_write_that_is_still_under_way_is_asked_for_again_by_its_token(library, naps):
    library.add_person("ann", ["a"])
    sent = []

    def slow(operation, parameters, call):
        if operation != "TransactWriteItems":
            return call()
        sent.append(parameters["ClientRequestToken"])
        if len(sent) == 1:
            call()
        if len(sent) < 4:
            raise failed("TransactionInProgressException")
        return {}

    with watched(slow):
        library.set_person("ann", "Ann")
    assert len(sent) == 4 and len(set(sent)) == 1
    assert library.person("ann").name == "Ann"


def test_a_person_is_known_as_added_also_when_another_changed_it_before_the_lost_answer_was_missed(library, naps):
    lost = []

    def lose_the_answer(operation, _parameters, call):
        answer = call()
        if operation == "TransactWriteItems" and not lost:
            lost.append(answer)
            Library("acme").set_person("ann", "Anna")
            raise cancelled("ConditionalCheckFailed", "None", "None")
        return answer

    with watched(lose_the_answer):
        library.add_person("ann", ["a"], "Ann")
    assert library.person("ann").name == "Anna"


@pytest.mark.parametrize(
    "error", [cancelled("ConditionalCheckFailed"), failed("ThrottlingException")], ids=["overtaken", "throttled"]
)
def test_a_write_is_given_up_after_some_attempts(library, naps, error):
    library.add_person("ann", ["a"])
    with failing(*[error] * 100):
        assert refusal(library.set_person, "ann", "Ann") is Reason.CONTENDED
    assert library.person("ann").name == ""
    assert 5 <= len(naps) <= 20 and max(naps) <= 0.4


@pytest.mark.parametrize("error", [cancelled("None", "ValidationError"), failed("AccessDeniedException")], ids=str)
def test_a_write_that_cannot_succeed_is_not_tried_again(library, naps, error):
    library.add_person("ann", ["a"])
    with failing(error), pytest.raises(ClientError):
        library.set_person("ann", "Ann")
    assert not naps


def test_settling_waits_for_a_transaction_in_the_way(library, naps):
    library.add_person("ann", ["a"])
    change = only_change(library)
    with failing(failed("TransactionConflictException")):
        library.settle(change)
    assert library.changes() == [] and len(naps) == 1


def test_settling_does_not_hide_a_failure(library, naps):
    with failing(failed("AccessDeniedException")), pytest.raises(ClientError):
        library.settle(Change("ann", "stamp", frozenset(), frozenset()))
    assert not naps
