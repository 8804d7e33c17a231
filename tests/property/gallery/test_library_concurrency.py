"""Concurrent writers end with a state that some sequential order of them would have produced."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from typing import Any

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.support.effort import examples
from tests.support.interleaving import Interleaving, Switches, one_at_a_time
from tests.support.library import contents, embeddings, enrol, face, fill_table, of_person, save_table
from visage import table
from visage.errors import Reason, VisageError
from visage.gallery.persons import store, transaction
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import FACES, GROUPS, Person

pytestmark = pytest.mark.usefixtures("deployment")

WRITERS = 8


def at_once(work: Callable[[int], Any]) -> list[Any]:
    """Results of `work(0)` to `work(7)`, started together in a thread each."""
    barrier = threading.Barrier(WRITERS)

    def begin(number: int) -> Any:
        barrier.wait()
        return work(number)

    with one_at_a_time(), ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(begin, range(WRITERS)))


def patiently(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call again while others are faster, as clients are told to."""
    while True:
        try:
            return function(*arguments)
        except VisageError as error:
            if error.reason is not Reason.CONTENDED:
                raise


def test_faces_added_to_one_person_at_once_are_all_there():
    library = Library("acme")
    library.add_person("ann", ["staff"])
    ann = library.person("ann")

    def work(writer):
        for number in (writer, WRITERS + writer):
            patiently(library.add_face, ann, face(number))

    at_once(work)
    assert set(library.person("ann").faces) == {face(number).id for number in range(2 * WRITERS)}


def test_twenty_faces_are_the_limit_also_for_eight_writers_at_once():
    library = Library("acme")
    enrol(library, "ann", ["staff"], range(100, 100 + FACES - 6))
    ann = library.person("ann")

    def work(writer):
        added = []
        for number in (writer, WRITERS + writer):
            try:
                patiently(library.add_face, ann, face(number))
            except VisageError as error:
                assert error.reason is Reason.TOO_MANY_FACES
            else:
                added.append(face(number).id)
        return added

    added = [face_id for ids in at_once(work) for face_id in ids]
    assert len(added) == 6
    assert set(library.person("ann").faces) - set(ann.faces) == set(added)


def test_one_origin_is_enrolled_once_by_eight_writers_at_once():
    library = Library("acme")
    library.add_person("ann", ["staff"])
    ann = library.person("ann")
    after = at_once(lambda writer: patiently(library.add_face, ann, face(writer, origin="task-1")))
    assert len(library.person("ann").faces) == 1
    assert {tuple(person.faces) for person in after} == {tuple(library.person("ann").faces)}


def test_no_change_of_a_person_is_lost():
    library = Library("acme")
    library.add_person("founder", [f"in{n}" for n in range(WRITERS)] + [f"out{n}" for n in range(WRITERS)])
    enrol(library, "ann", [f"out{n}" for n in range(WRITERS)], range(WRITERS))
    ann = library.person("ann")

    def work(writer):
        patiently(library.join, "ann", [f"in{writer}"])
        patiently(library.remove_faces, "ann", [face(writer).id])
        patiently(library.leave, "ann", [f"out{writer}"])
        patiently(library.add_face, ann, face(100 + writer))

    at_once(work)
    after = library.person("ann")
    assert after.groups == {f"in{n}" for n in range(WRITERS)}
    assert set(after.faces) == {face(100 + n).id for n in range(WRITERS)}
    change = next(change for change in library.changes() if change.person_id == "ann")
    assert change.touched == set(library.groups()) and change.describes(after)


def test_one_of_eight_adds_the_person():
    library = Library("acme")

    def work(writer):
        try:
            patiently(library.add_person, "ann", [f"group{writer}"], str(writer))
        except VisageError as error:
            assert error.reason is Reason.PERSON_EXISTS
            return None
        return writer

    (winner,) = [writer for writer in at_once(work) if writer is not None]
    assert library.person("ann").name == str(winner)
    assert library.groups() == [f"group{winner}"]


def test_one_of_eight_deletes_the_person():
    library = Library("acme")
    enrol(library, "ann", ["staff"], [1, 2])

    def work(_writer):
        try:
            return patiently(library.delete_person, "ann")
        except VisageError as error:
            assert error.reason is Reason.PERSON_UNKNOWN

    assert len([deleted for deleted in at_once(work) if deleted]) == 1
    assert library.persons(["ann"]) == {}


def test_a_hundred_groups_are_the_limit_also_for_eight_writers_at_once():
    library = Library("acme")

    def work(writer):
        try:
            patiently(library.add_person, f"person{writer}", [f"group{writer}-{n}" for n in range(15)])
        except VisageError as error:
            assert error.reason is Reason.TOO_MANY_GROUPS
            return False
        return True

    added = at_once(work)
    assert sum(added) == GROUPS // 15
    assert len(library.groups()) == GROUPS // 15 * 15
    persons = library.persons(f"person{n}" for n in range(WRITERS))
    assert set(persons) == {f"person{n}" for n in range(WRITERS) if added[n]}


def test_persons_of_one_group_do_not_hinder_each_other():
    library = Library("acme")
    library.add_person("founder", ["staff"])

    def work(writer):
        person_id = f"person{writer}"
        library.add_person(person_id, ["staff"])
        library.add_face(library.person(person_id), face(writer))
        library.set_person(person_id, str(writer))

    at_once(work)
    persons = library.persons(f"person{n}" for n in range(WRITERS))
    assert [persons[f"person{n}"].name for n in range(WRITERS)] == [str(n) for n in range(WRITERS)]
    assert all(len(person.faces) == 1 for person in persons.values())


# Two or three operations, mixed call by call

PERSONS = ["ann", "new"]
OPERATIONS = {
    "add new": lambda library, _ann: library.add_person("new", ["b", "c"], "New"),
    "add new elsewhere": lambda library, _ann: library.add_person("new", ["d", "e"], "Newer"),
    "add ann": lambda library, _ann: library.add_person("ann", ["a", "b"], "Another"),
    "set name": lambda library, _ann: library.set_person("ann", "Other"),
    "set note": lambda library, _ann: library.set_person("ann", None, "note"),
    "delete": lambda library, _ann: library.delete_person("ann"),
    "join": lambda library, _ann: library.join("ann", ["b"]),
    "join what may come": lambda library, _ann: library.join("ann", ["c"]),
    "leave": lambda library, _ann: library.leave("ann", ["a"]),
    "enrol": lambda library, ann: library.add_face(ann, face(3, origin="task-1", kept=True)),
    "enrol again": lambda library, ann: library.add_face(ann, face(4, origin="task-1")),
    "enrol another": lambda library, ann: library.add_face(ann, face(5)),
    "remove": lambda library, _ann: library.remove_faces("ann", [face(1).id]),
    "remove more": lambda library, _ann: library.remove_faces("ann", [face(1).id, face(3).id]),
    "exchange": lambda library, ann: library.replace_embedding(ann, face(1).id, embeddings(1, 9)[0], "model-2"),
}
FACE_LIMIT, GROUP_LIMIT = 3, 4
"""So low that one of two operations reaches them."""


def result(returned: Any) -> Any:
    """An operation's result, without random parts."""
    if isinstance(returned, VisageError):
        return returned.reason
    if isinstance(returned, Person):
        return of_person(returned)
    if isinstance(returned, tuple):
        return of_person(returned[0]), returned[1]
    assert returned is None
    return None


def attempt(operation: Callable[[], Any]) -> Any:
    try:
        return operation()
    except VisageError as error:
        return error


@pytest.fixture
def prepared(monkeypatch):
    """A library, the person ann as stored in it, and the rows."""
    monkeypatch.setattr(store, "FACES", FACE_LIMIT)
    monkeypatch.setattr(transaction, "GROUPS", GROUP_LIMIT)
    # Nobody waits, so nobody is let past either: an unlucky order takes many attempts.
    monkeypatch.setattr(table, "_PAUSES", (0.0,) * 1000)
    library = Library("acme")
    library.add_person("founder", ["b"])
    enrol(library, "ann", ["a"], [1, 2], "Ann")
    return library, library.person("ann"), save_table()


def outcome(library: Library, returned: Sequence[Any]) -> Any:
    return [result(each) for each in returned], contents(library, PERSONS)


def one_after_the_other(prepared: tuple[Library, Person, Any], names: Sequence[str]) -> list[Any]:
    """The outcomes of all sequential orders."""
    library, ann, rows = prepared
    orders = []
    for order in permutations(range(len(names))):
        fill_table(rows)
        returned = {number: attempt(lambda n=number: OPERATIONS[names[n]](library, ann)) for number in order}
        orders.append(outcome(library, [returned[number] for number in range(len(names))]))
    return orders


def mixed(prepared: tuple[Library, Person, Any], names: Sequence[str], choose: Callable[[int], int | None]) -> Any:
    library, ann, rows = prepared
    fill_table(rows)
    return outcome(
        library, Interleaving(choose).run([lambda name=name: OPERATIONS[name](library, ann) for name in names])
    )


@hypothesis.settings(
    max_examples=examples(12), deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@hypothesis.given(names=st.lists(st.sampled_from(sorted(OPERATIONS)), min_size=2, max_size=3), data=st.data())
def test_mixed_operations_end_as_in_some_order_one_after_the_other(prepared, names, data):
    found = mixed(prepared, names, lambda waiting: data.draw(st.integers(0, waiting - 1)))
    assert found in one_after_the_other(prepared, names)


@pytest.mark.parametrize("calls", range(3), ids=["before it reads", "between its reads", "before it writes"])
def test_a_person_who_comes_meanwhile_is_why_another_of_that_id_cannot_come(prepared, calls):
    # Four groups are the limit: one of both persons takes the last.
    names = ["add new", "add new elsewhere"]
    to_the_end = Switches(calls, 1000)
    assert mixed(prepared, names, to_the_end) in one_after_the_other(prepared, names)
