"""The changes that a library's writes leave for the packer, and the format of its rows."""

import pytest
from botocore.exceptions import ClientError

from tests.support.interleaving import watched
from tests.support.library import embeddings, enrol, face, only_change, refusal
from visage.errors import Reason
from visage.gallery.persons.images import image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Change

pytestmark = pytest.mark.usefixtures("deployment")


def cancelled(*codes):
    return ClientError(
        {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": code} for code in codes]},
        "TransactWriteItems",
    )


def failed(code):
    return ClientError({"Error": {"Code": code}}, "TransactWriteItems")


def failing(*errors):
    """Writing calls fail with these errors, one after the other, and then succeed."""
    left = list(errors)

    def handle(operation, _parameters, call):
        if operation in ("TransactWriteItems", "DeleteItem") and left:
            raise left.pop(0)
        return call()

    return watched(handle)


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


def test_a_deletion_is_a_change_with_its_own_stamp(library):
    library.add_person("ann", ["a"])
    stamp = library.person("ann").stamp
    library.delete_person("ann")
    assert only_change(library).gone and only_change(library).stamp != stamp
    library.add_person("ann", ["b"])
    assert not only_change(library).gone and only_change(library).touched == {"a", "b"}


def test_orphaned_images_are_named(library):
    library.add_person("ann", ["a"])
    for number in (1, 2, 3):
        library.add_face(library.person("ann"), face(number, kept=number != 2))
    born = library.person("ann").born
    library.remove_faces("ann", [face(1).id, face(2).id])
    assert only_change(library).erase == {image_key("acme", born, face(1).id)} == {f"acme/{born}/{face(1).id}"}
    library.delete_person("ann")
    assert only_change(library).erase == {f"acme/{born}/{face(1).id}", f"acme/{born}/"}


def test_removed_faces_are_named(library):
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


def test_settling_twice_is_harmless(library):
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
                assert 2 <= len(parameters["TransactItems"]) <= 5
            case _:
                assert operation == "DeleteItem"
    written = [parameters for operation, parameters in seen if operation == "TransactWriteItems"]
    assert len(written) == 9
    assert len({parameters["ClientRequestToken"] for parameters in written}) == 9
    assert all(len(parameters["ClientRequestToken"]) <= 36 for parameters in written)


def test_a_change_without_effect_writes_nothing(library):
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
def test_a_conflicting_write_is_retried(library, pauses, error):
    library.add_person("ann", ["a"])
    with failing(error, error):
        library.set_person("ann", "Ann")
    assert library.person("ann").name == "Ann"
    assert len(pauses) == 2


def test_a_write_still_in_progress_is_retried_with_its_token(library, pauses):
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


def test_a_lost_answer_counts_as_added_even_if_another_changed_the_person_since(library, pauses):
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
def test_a_write_is_given_up_after_some_attempts(library, pauses, error):
    library.add_person("ann", ["a"])
    with failing(*[error] * 100):
        assert refusal(library.set_person, "ann", "Ann") is Reason.CONTENDED
    assert library.person("ann").name == ""
    assert 5 <= len(pauses) <= 20 and max(pauses) <= 0.4


@pytest.mark.parametrize("error", [cancelled("None", "ValidationError"), failed("AccessDeniedException")], ids=str)
def test_a_write_that_cannot_succeed_is_not_retried(library, pauses, error):
    library.add_person("ann", ["a"])
    with failing(error), pytest.raises(ClientError):
        library.set_person("ann", "Ann")
    assert not pauses


def test_settling_waits_for_a_conflicting_transaction(library, pauses):
    library.add_person("ann", ["a"])
    change = only_change(library)
    with failing(failed("TransactionConflictException")):
        library.settle(change)
    assert library.changes() == [] and len(pauses) == 1


@pytest.mark.parametrize("operation", ["GetItem", "BatchGetItem", "Query"])
@pytest.mark.parametrize("failures, outcome", [(2, None), (100, Reason.CONTENDED)], ids=["for a moment", "for long"])
def test_a_read_outlasts_a_busy_table_for_some_time(library, pauses, operation, failures, outcome):
    library.add_person("ann", ["a"])
    reads = {
        "GetItem": lambda: library.person("ann"),
        "BatchGetItem": lambda: library.persons(["ann"])["ann"],
        "Query": lambda: only_change(library),
    }
    left = [failed("ProvisionedThroughputExceededException")] * failures

    def handle(name, _parameters, call):
        if name == operation and left:
            raise left.pop()
        return call()

    with watched(handle):
        if outcome:
            assert refusal(reads[operation]) is outcome
        else:
            reads[operation]()
            assert len(pauses) == failures


def test_settling_does_not_hide_a_failure(library, pauses):
    with failing(failed("AccessDeniedException")), pytest.raises(ClientError):
        library.settle(Change("ann", "stamp", frozenset(), frozenset()))
    assert not pauses
