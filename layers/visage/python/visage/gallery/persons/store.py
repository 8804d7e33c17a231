"""A library's persons, faces and groups in their current state. docs/gallery.md explains how they relate to
snapshots."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from visage import table
from visage.errors import Reason, VisageError
from visage.gallery.persons import rows
from visage.gallery.persons.transaction import actions
from visage.gallery.persons.types import FACES, Change, Person, StoredFace

if TYPE_CHECKING:
    import numpy as np


class Library:
    """The persons, faces and groups of one client, or of several clients that share them.

    Reads are consistent: a method returns the state at one moment of its call, and every later call sees what it wrote.
    A write that keeps losing to concurrent writers raises VisageError(CONTENDED). A write that was cut off was done
    completely or not at all, and may be retried.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def person(self, person_id: str) -> Person:
        """The person with this id. Raises VisageError(PERSON_UNKNOWN)."""
        return _existing(self._find(person_id))

    def persons(self, person_ids: Iterable[str]) -> dict[str, Person]:
        """The persons among these ids that exist, by id."""
        keys = [rows.person_key(self.name, person_id) for person_id in sorted(set(person_ids))]
        return {person.id: person for person in map(rows.read_person, table.get_all(keys))}

    def missing(self, faces: Iterable[tuple[str, str]]) -> set[str]:
        """Ids of the persons who no longer have all of these faces (pairs of person and face id). A person created
        again under its old id has none of its old faces."""
        named = set(faces)
        there = self.persons(person_id for person_id, _face_id in named)
        known = {(person.id, face_id) for person in there.values() for face_id in person.faces}
        return {person_id for person_id, _face_id in named - known}

    def groups(self) -> list[str]:
        """The library's groups, sorted. A group remains when its last person leaves it."""
        return sorted(rows.read_strings("ids", table.get(rows.groups_key(self.name))))

    def add_person(self, person_id: str, groups: Collection[str], name: str = "", note: str = "") -> None:
        """Add a new person to these groups; groups that do not exist are created.

        Raises VisageError: PERSON_EXISTS, or TOO_MANY_GROUPS when the library would have more than `GROUPS`.
        """
        born = secrets.token_hex(16)
        person = Person(person_id, born=born, stamp="", name=name, note=note, groups=frozenset(groups))

        def add(now: Person | None) -> Person:
            if now is not None and now.born != born:
                raise VisageError(Reason.PERSON_EXISTS)
            return now or person

        self._change(person_id, add)

    def set_person(self, person_id: str, name: str | None = None, note: str | None = None) -> None:
        """Change a person's name and note; None leaves one unchanged. Raises VisageError(PERSON_UNKNOWN)."""

        def describe(person: Person) -> Person:
            new_name, new_note = person.name if name is None else name, person.note if note is None else note
            if (new_name, new_note) == (person.name, person.note):
                return person
            return replace(person, name=new_name, note=new_note)

        self._edit(person_id, describe)

    def delete_person(self, person_id: str) -> Person:
        """Delete the person with all its faces; return it as it was. Raises VisageError(PERSON_UNKNOWN)."""
        before, _nobody = self._edit(person_id, lambda _person: None)
        return before

    def replace_person(self, person_id: str, edit: Callable[[Person | None], Person | None]) -> None:
        """Write what `edit` makes of whoever has this id now (None: nobody); its argument leaves it as it is."""
        self._change(person_id, edit)

    def delete_unused(self, person_id: str, day: str) -> Person | None:
        """Delete a person who was last used on this day (ISO 8601, see `usage`); return the person as it was.

        None when there is no such person, or when it was used since.
        """

        def delete(now: Person | None) -> Person | None:
            row = table.get(rows.usage_key(self.name, person_id))
            return None if row and row["last_use"]["S"] == day else now

        before, after = self._change(person_id, delete, last_use=day)
        return before if after is None else None

    def join(self, person_id: str, groups: Collection[str]) -> Person:
        """Add the person to more groups; return its new state.

        Raises VisageError: PERSON_UNKNOWN, or GROUP_UNKNOWN when one of the groups does not exist; then nothing
        changes.
        """

        def join(person: Person) -> Person:
            new = frozenset(groups) - person.groups
            missing = sorted(new.difference(self.groups())) if new else []
            if missing:
                raise VisageError(Reason.GROUP_UNKNOWN, f"There is no group {missing[0]}.")
            return replace(person, groups=person.groups | new) if new else person

        return self._edit(person_id, join)[1]

    def upsert(self, person_id: str, groups: Collection[str], requested_at: float) -> Person:
        """Add the person to groups, creating the person and the groups if they do not exist; return its new state.

        `requested_at`: when this was requested (epoch seconds), possibly long ago. Raises VisageError: PERSON_UNKNOWN
        when the person was deleted, or the whole library erased, after that; TOO_MANY_GROUPS when the library would
        have more than `GROUPS`.
        """
        new_person = Person(person_id, born=secrets.token_hex(16), stamp="")

        def upsert(now: Person | None) -> Person:
            if self.closed() or self.deleted_since(person_id, requested_at):
                raise VisageError(Reason.PERSON_UNKNOWN)
            person = now or new_person
            new = person.groups.union(groups)
            return now if now and new == now.groups else replace(person, groups=new)

        return self._change(person_id, upsert, requested_at=requested_at)[1]

    def leave(self, person_id: str, groups: Collection[str]) -> Person:
        """Remove the person from these groups; return its new state.

        Raises VisageError(PERSON_UNKNOWN).
        """

        def leave(person: Person) -> Person:
            remaining = person.groups.difference(groups)
            return replace(person, groups=remaining) if remaining != person.groups else person

        return self._edit(person_id, leave)[1]

    def add_face(
        self, person: Person, face: StoredFace, is_copy: Callable[[StoredFace], bool] = lambda _existing: False
    ) -> Person:
        """Enrol a face unless the person has one with its id or origin, or a copy of it; return the person's new state.

        Raises VisageError: PERSON_UNKNOWN, also when the id belongs to another person by now, or TOO_MANY_FACES when
        the person has `FACES`.
        """

        def enrol(now: Person) -> Person:
            origins = {known.origin for known in now.faces.values() if known.origin}
            if face.id in now.faces or face.origin in origins or any(map(is_copy, now.faces.values())):
                return now
            if len(now.faces) >= FACES:
                raise VisageError(Reason.TOO_MANY_FACES, f"A person may have {FACES} faces.")
            return replace(now, faces={**now.faces, face.id: face})

        return self._edit(person.id, _only_this(person, enrol))[1]

    def remove_faces(self, person_id: str, face_ids: Collection[str]) -> tuple[Person, list[str]]:
        """Remove these faces from the person; return its new state and the ids that were removed.

        Raises VisageError(PERSON_UNKNOWN).
        """

        def remove(person: Person) -> Person:
            faces = {face.id: face for face in person.faces.values() if face.id not in face_ids}
            return replace(person, faces=faces) if len(faces) < len(person.faces) else person

        before, after = self._edit(person_id, remove)
        return after, [face_id for face_id in before.faces if face_id not in after.faces]

    def replace_embedding(self, person: Person, face_id: str, embedding: np.ndarray, model: str) -> Person:
        """Replace a face's embedding, float32 (128,), by another model's; return the person's new state.

        A face that was removed meanwhile stays removed. Raises VisageError(PERSON_UNKNOWN), also when the id belongs to
        another person by now.
        """

        def exchange(now: Person) -> Person:
            if face_id not in now.faces:
                return now
            face = replace(now.faces[face_id], embedding=embedding, model=model)
            return replace(now, faces={**now.faces, face_id: face})

        return self._edit(person.id, _only_this(person, exchange))[1]

    def deleted_since(self, person_id: str, moment: float) -> bool:
        """Whether a person with this id was deleted at or after this moment (epoch seconds), within the last three
        days."""
        row = table.get(rows.deletion_key(self.name, person_id))
        return row is not None and float(row["deleted"]["N"]) >= moment

    def closed(self) -> bool:
        """Whether the library was erased as a whole and nobody was added since."""
        return "closed" in (table.get(rows.library_key(self.name)) or {})

    def changes(self) -> list[Change]:
        """The changes that the groups' snapshots do not contain yet, one per person."""
        return [rows.read_change(row) for row in table.partition(rows.changes_partition(self.name))]

    def settle(self, change: Change) -> None:
        """Forget a change that every affected snapshot contains now, unless the person has changed again."""
        table.delete(rows.change_key(self.name, change.person_id), change.stamp)

    def _find(self, person_id: str) -> Person | None:
        row = table.get(rows.person_key(self.name, person_id))
        return rows.read_person(row) if row else None

    def _edit(self, person_id: str, edit: Callable[[Person], Person | None]) -> tuple[Person, Any]:
        """`_change` of a person that must exist. Raises VisageError(PERSON_UNKNOWN)."""
        return self._change(person_id, lambda now: edit(_existing(now)))

    def _change(
        self, person_id: str, edit: Callable[[Person | None], Person | None], **conditions: Any
    ) -> tuple[Any, Any]:
        """Apply `edit` to a person in one transaction; return the person before and after.

        None stands for no person. An edit that returns its argument writes nothing. It is called again when a
        concurrent writer was faster. `conditions` are those of `transaction.actions`.
        """
        wait = table.backoff()
        sent: dict[str, tuple[Person | None, Person | None]] = {}
        while True:
            before = self._find(person_id)
            if sent and (stamp := self._last_stamp(person_id, before)) in sent:
                # The write succeeded: its response was lost, and the retried transaction failed its own condition.
                return sent[stamp]
            after = edit(before)
            if after is before:
                return before, after
            stamp = secrets.token_hex(16)
            if after is not None:
                after = replace(after, stamp=stamp)
            sent[stamp] = before, after
            try:
                changes = [*actions(self.name, person_id, stamp, before, after, **conditions)]
            except VisageError:
                # The groups were read after the person, so their limit applies only if nobody changed the person in
                # between.
                row = table.get_settled(rows.person_key(self.name, person_id))
                if (row["stamp"]["S"] if row else "") == (before.stamp if before else ""):
                    raise
            else:
                if table.write(changes, wait):
                    return before, after
            wait()

    def _last_stamp(self, person_id: str, person: Person | None) -> str:
        if person is not None:
            return person.stamp
        row = table.get(rows.change_key(self.name, person_id))
        return row["stamp"]["S"] if row else ""


def _existing(person: Person | None) -> Person:
    if person is None:
        raise VisageError(Reason.PERSON_UNKNOWN)
    return person


def _only_this(person: Person, edit: Callable[[Person], Person]) -> Callable[[Person], Person]:
    """`edit`, restricted to this very person: a later one with its id raises PERSON_UNKNOWN."""

    def guarded(now: Person) -> Person:
        if now.born != person.born:
            raise VisageError(Reason.PERSON_UNKNOWN)
        return edit(now)

    return guarded
