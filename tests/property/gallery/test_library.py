"""The library behaves like a dictionary, whatever the order of operations."""

from dataclasses import dataclass, field
from itertools import count

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, invariant, rule, run_state_machine_as_test

from tests.property.gallery.machine import FACES, GROUPS, LibraryMachine
from tests.support.effort import examples
from visage.gallery.persons import store, transaction
from visage.gallery.persons.types import Change

pytestmark = pytest.mark.usefixtures("deployment")


@dataclass
class Note:
    """A change in the model."""

    version: int = 0
    touched: set[str] = field(default_factory=set)
    erase: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    gone: bool = False


class ChangesMachine(LibraryMachine):
    """Also keeps account of changes, and settles them early, late and twice."""

    seen = Bundle("seen")
    """Changes as they were read some time ago, with the model's version of them."""

    def __init__(self):
        super().__init__()
        self.notes: dict[str, Note] = {}
        self.versions = count(1)

    def change(self, person_id, touched, *, erase=(), removed=(), gone=False):
        note = self.notes.setdefault(person_id, Note())
        note.version, note.gone = next(self.versions), gone
        note.touched |= touched
        note.erase.update(erase)
        note.removed.update(removed)

    @rule(target=seen, place=st.integers(0, 2))
    def look(self, place):
        changes = self.library.changes()
        if not changes:
            return Change("ann", "stamp", frozenset(), frozenset()), 0
        change = changes[place % len(changes)]
        return change, self.notes[change.person_id].version

    @rule(change_and_version=seen)
    def settle(self, change_and_version):
        change, version = change_and_version
        self.library.settle(change)
        note = self.notes.get(change.person_id)
        if note and note.version == version:
            del self.notes[change.person_id]

    @invariant()
    def changes_are_the_models(self):
        changes, persons = self.library.changes(), self.library.persons(["ann", "ben", "cyd"])
        assert {change.person_id for change in changes} == set(self.notes)
        for change in changes:
            note = self.notes[change.person_id]
            assert (change.touched, change.gone) == (note.touched, note.gone)
            assert (change.erase, change.removed) == (note.erase, note.removed)
            assert change.describes(persons.get(change.person_id))


def test_the_library_is_what_a_dictionary_would_be(monkeypatch):
    monkeypatch.setattr(store, "FACES", FACES)
    monkeypatch.setattr(transaction, "GROUPS", GROUPS)
    steps = hypothesis.settings(max_examples=examples(15), stateful_step_count=30, deadline=None)
    run_state_machine_as_test(ChangesMachine, settings=steps)
