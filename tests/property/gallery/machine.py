"""All operations on a library and on a dictionary model in parallel, for hypothesis to choose from."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.library import MODEL, embeddings, face, fill_table, of_person
from visage.errors import Reason, VisageError
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import Person, StoredFace

FACES, GROUPS = 3, 4
"""Below the real limits, so that a few steps reach them."""

IDS = st.sampled_from(["ann", "ben", "cyd"])
GROUP_SETS = st.sets(st.sampled_from("abcdef"), max_size=3)
TEXTS = st.sampled_from(["", "one", "two"])
NUMBERS = st.integers(0, 5)
ORIGINS = st.sampled_from(["", "", "task-1", "task-2"])
MODELS = st.sampled_from([MODEL, MODEL, MODEL, "model-2"])
LATE = st.sampled_from([False, False, True])


@dataclass
class Entry:
    """A person in the model."""

    born: str
    name: str
    note: str
    groups: set[str]
    faces: dict[str, StoredFace] = field(default_factory=dict)


class LibraryMachine(RuleBasedStateMachine):
    """Does everything in both the library and the model: result, refusal and state must be equal."""

    def __init__(self) -> None:
        super().__init__()
        fill_table()
        self.library = Library("acme")
        self.entries: dict[str, Entry] = {}
        self.groups: set[str] = set()
        self.read: dict[str, Person] = {}
        """Persons as they were read some time ago."""

    @initialize()
    def begin(self):
        """Start with persons that can be changed."""
        for number, (person_id, groups) in enumerate({"ann": {"a", "b"}, "ben": {"b"}, "cyd": {"a", "c"}}.items()):
            self.add_person(person_id, groups, person_id.title(), "")
            self.person(person_id)
            self.add_face(person_id, number, "", True, False)
        self.add_face("cyd", 0, "task-1", False, False)

    def call(self, refusal: Reason | None, function, *arguments):
        """The result; if the model refuses, the library must refuse for the same reason."""
        try:
            result = function(*arguments)
        except VisageError as error:
            assert error.reason is refusal
            return None
        assert refusal is None
        return result

    def change(
        self,
        person_id: str,
        touched: set[str],
        *,
        erase: Iterable[str] = (),
        removed: Iterable[str] = (),
        gone: bool = False,
    ) -> None:
        """Record every change, as `Change` should contain it."""

    def unknown(self, person_id: str) -> Reason | None:
        return None if person_id in self.entries else Reason.PERSON_UNKNOWN

    @rule(person_id=IDS, groups=GROUP_SETS, name=TEXTS, note=TEXTS)
    def add_person(self, person_id, groups, name, note):
        refusal = None
        if person_id in self.entries:
            refusal = Reason.PERSON_EXISTS
        elif len(self.groups | groups) > GROUPS:
            refusal = Reason.TOO_MANY_GROUPS
        self.call(refusal, self.library.add_person, person_id, groups, name, note)
        if not refusal:
            self.groups |= groups
            self.entries[person_id] = Entry(self.library.person(person_id).born, name, note, set(groups))
            self.change(person_id, groups)

    @rule(person_id=IDS, name=st.none() | TEXTS, note=st.none() | TEXTS)
    def set_person(self, person_id, name, note):
        refusal = self.unknown(person_id)
        self.call(refusal, self.library.set_person, person_id, name, note)
        if not refusal:
            entry = self.entries[person_id]
            before = entry.name, entry.note
            entry.name = entry.name if name is None else name
            entry.note = entry.note if note is None else note
            if (entry.name, entry.note) != before:
                self.change(person_id, entry.groups)

    @rule(person_id=IDS)
    def delete_person(self, person_id):
        refusal = self.unknown(person_id)
        deleted = self.call(refusal, self.library.delete_person, person_id)
        if not refusal:
            entry = self.entries.pop(person_id)
            assert list(deleted.faces) == list(entry.faces)
            self.change(person_id, entry.groups, erase=[f"acme/{entry.born}/"], removed=entry.faces, gone=True)

    @rule(person_id=IDS, groups=GROUP_SETS)
    def join(self, person_id, groups):
        refusal = self.unknown(person_id) or (None if groups <= self.groups else Reason.GROUP_UNKNOWN)
        joined = self.call(refusal, self.library.join, person_id, groups)
        if not refusal:
            entry = self.entries[person_id]
            if not groups <= entry.groups:
                entry.groups |= groups
                self.change(person_id, entry.groups)
            assert joined.groups == entry.groups

    @rule(person_id=IDS, groups=GROUP_SETS)
    def leave(self, person_id, groups):
        refusal = self.unknown(person_id)
        left = self.call(refusal, self.library.leave, person_id, groups)
        if not refusal:
            entry = self.entries[person_id]
            if groups & entry.groups:
                self.change(person_id, entry.groups)
                entry.groups = entry.groups - groups
            assert left.groups == entry.groups

    @rule(person_id=IDS)
    def person(self, person_id):
        refusal = self.unknown(person_id)
        person = self.call(refusal, self.library.person, person_id)
        if not refusal:
            self.read[person_id] = person

    def handle(self, person_id: str, late: bool) -> tuple[Person, Entry | None]:
        """The person as a caller has read it, now or earlier, and the model's entry of this very person."""
        entry = self.entries.get(person_id)
        if entry and not late:
            self.person(person_id)
        person = self.read[person_id]
        return person, entry if entry and entry.born == person.born else None

    @rule(person_id=IDS, number=NUMBERS, origin=ORIGINS, kept=st.booleans(), late=LATE)
    def add_face(self, person_id, number, origin, kept, late):
        person, entry = self.handle(person_id, late)
        added = face(number, origin=origin, kept=kept)
        refusal, fits = None if entry else Reason.PERSON_UNKNOWN, False
        if entry:
            enrolled = added.id in entry.faces or (origin and origin in {f.origin for f in entry.faces.values()})
            fits = not enrolled and len(entry.faces) < FACES
            refusal = None if enrolled or fits else Reason.TOO_MANY_FACES
        after = self.call(refusal, self.library.add_face, person, added)
        if fits:
            entry.faces[added.id] = added
            self.change(person_id, entry.groups)
        if not refusal:
            assert list(after.faces) == list(entry.faces)

    @rule(person_id=IDS, numbers=st.lists(NUMBERS, max_size=3))
    def remove_faces(self, person_id, numbers):
        refusal = self.unknown(person_id)
        asked = [face(number).id for number in numbers]
        result = self.call(refusal, self.library.remove_faces, person_id, asked)
        if not refusal:
            entry = self.entries[person_id]
            removed = [known for face_id, known in entry.faces.items() if face_id in asked]
            for known in removed:
                del entry.faces[known.id]
            if removed:
                erase = [f"acme/{entry.born}/{known.id}" for known in removed if known.kept]
                self.change(person_id, entry.groups, erase=erase, removed=[known.id for known in removed])
            assert result[1] == [known.id for known in removed]
            assert list(result[0].faces) == list(entry.faces)

    @rule(person_id=IDS, number=NUMBERS, seed=st.integers(100, 103), model=MODELS, late=LATE)
    def replace_embedding(self, person_id, number, seed, model, late):
        person, entry = self.handle(person_id, late)
        new = embeddings(1, seed)[0]
        refusal = None if entry else Reason.PERSON_UNKNOWN
        self.call(refusal, self.library.replace_embedding, person, face(number).id, new, model)
        if entry and (old := entry.faces.get(face(number).id)):
            entry.faces[old.id] = replace(old, embedding=new, model=model)
            self.change(person_id, entry.groups)

    @invariant()
    def persons_are_the_models(self):
        persons = self.library.persons(["ann", "ben", "cyd", "nobody"])
        assert set(persons) == set(self.entries)
        for person_id, person in persons.items():
            entry = self.entries[person_id]
            assert person.born == entry.born
            assert of_person(person) == of_person(entry)

    @invariant()
    def groups_are_the_models(self):
        assert self.library.groups() == sorted(self.groups)
