"""A crash at any AWS call leaves the library as before or as after the operation, which can be repeated."""

import time
from functools import cache
from itertools import count

import pytest

from tests.support.interleaving import Kill, Killed, watched
from tests.support.library import contents, embeddings, enrol, face, fill_table, of_person, save_table
from visage.errors import Reason, VisageError
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import FACES, Person

LATER = time.time() + 86_400
PERSONS = ["ann", "ben", "new"]
MANY = [f"group{number}" for number in range(90)]

OPERATIONS = {
    "add": lambda library: library.add_person("new", [*MANY[:50], "fresh1", "fresh2"], "New", "note"),
    "set": lambda library: library.set_person("ann", "Other", "other"),
    "delete": lambda library: library.delete_person("ann"),
    "join": lambda library: library.join("ben", MANY),
    "upsert": lambda library: library.upsert("ben", [*MANY[:50], "fresh1", "fresh2"], LATER),
    "upsert new": lambda library: library.upsert("new", [*MANY[:50], "fresh1", "fresh2"], LATER),
    "leave": lambda library: library.leave("ann", MANY[:50]),
    "enrol": lambda library: library.add_face(library.person("ben"), face(99, origin="task-9", kept=True)),
    "remove": lambda library: library.remove_faces("ann", [face(0).id, face(3).id]),
    "exchange": lambda library: library.replace_embedding(
        library.person("ann"), face(2).id, embeddings(1, seed=500)[0], "model-2"
    ),
    "settle": lambda library: [library.settle(change) for change in library.changes()[:1]],
}
REFUSED_AGAIN = {"add": Reason.PERSON_EXISTS, "delete": Reason.PERSON_UNKNOWN}
"""What the contract calls an error when it is asked for twice."""


@cache
def first_rows():
    """Rows of a person with the maximum of faces and nearly as many groups as possible, and of a small one."""
    library = Library("acme")
    enrol(library, "ann", MANY, range(FACES), "Ann")
    enrol(library, "ben", ["group0"], [50], "Ben")
    library.settle(library.changes()[1])
    return save_table()


@pytest.fixture
def rows(deployment):
    fill_table(first_rows())
    return first_rows()


def result(operation, library):
    """An operation's result or the reason of its refusal, without random parts."""
    try:
        returned = operation(library)
    except VisageError as error:
        return error.reason
    if isinstance(returned, Person):
        return of_person(returned)
    return (of_person(returned[0]), returned[1]) if isinstance(returned, tuple) else returned


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_who_dies_leaves_all_or_nothing_and_can_repeat(rows, name, after):
    library, operation = Library("acme"), OPERATIONS[name]
    begun = contents(library, PERSONS)
    operation(library)
    done = contents(library, PERSONS)
    left = []
    for number in count():
        fill_table(rows)
        try:
            with watched(Kill(number, after=after)):
                operation(library)
        except Killed:
            left.append(contents(library, PERSONS))
        else:
            break
        assert left[-1] in (begun, done)
        again = result(operation, library)
        if name in REFUSED_AGAIN and left[-1] == done:
            assert again is REFUSED_AGAIN[name]
        assert contents(library, PERSONS) == done
    # It was killed at every call, and the last call of all is what does it.
    assert left == [begun] * (len(left) - 1) + [done if after else begun]
    assert len(left) >= 2 and begun != done


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name != "settle"])
def test_a_write_that_is_sent_again_after_its_answer_was_lost_is_done_once(rows, name, monkeypatch):
    """Even without DynamoDB's token: the library recognises its own stamp."""
    monkeypatch.setattr("visage.table.time.sleep", lambda _seconds: None)
    library, operation = Library("acme"), OPERATIONS[name]
    outcome = result(operation, library)
    done = contents(library, PERSONS)
    fill_table(rows)

    def send_twice(sent, _parameters, call):
        if sent == "TransactWriteItems":
            call()
        return call()

    with watched(send_twice):
        assert result(operation, library) == outcome
    assert contents(library, PERSONS) == done
