"""A library's persons, faces and groups as they are now. docs/gallery.md tells how they go together with snapshots."""

import secrets
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from visage import table
from visage.errors import Reason, VisageError
from visage.gallery.persons import rows
from visage.gallery.persons.transaction import actions
from visage.gallery.persons.types import FACES, Change, Person, StoredFace


class Library:
    """The persons, faces and groups of one client, or of several that share them.

    A method answers with what was so at one moment of its call; what it has written, every later call reads. A write
    that others overtake again and again raises VisageError(CONTENDED). One that was cut off has been done in whole or
    not at all, and may be repeated.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def person(self, person_id: str) -> Person:
        """Raises VisageError(PERSON_UNKNOWN)."""
        return _known(self._find(person_id))

    def persons(self, person_ids: Iterable[str]) -> dict[str, Person]:
        """Those of these persons that there are, by id."""
        keys = [rows.person_key(self.name, person_id) for person_id in sorted(set(person_ids))]
        return {person.id: person for person in map(rows.read_person, table.get_all(keys))}

    def missing(self, faces: Iterable[tuple[str, str]]) -> set[str]:
        """Of whom these faces are (ids of person and face) and not all are there any more; a person made again under
        its old id has none of its old faces."""
        named = set(faces)
        there = self.persons(person_id for person_id, _face_id in named)
        known = {(person.id, face_id) for person in there.values() for face_id in person.faces}
        return {person_id for person_id, _face_id in named - known}

    def groups(self) -> list[str]:
        """The library's groups, sorted. A group stays when its last person has left it."""
        return sorted(rows.read_strings("ids", table.get(rows.groups_key(self.name))))

    def add_person(self, person_id: str, groups: Collection[str], name: str = "", note: str = "") -> None:
        """A new person in these groups; those that do not exist come to be.

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
        """None leaves as it is. Raises VisageError(PERSON_UNKNOWN)."""

        def describe(person: Person) -> Person:
            new_name, new_note = person.name if name is None else name, person.note if note is None else note
            if (new_name, new_note) == (person.name, person.note):
                return person
            return replace(person, name=new_name, note=new_note)

        self._edit(person_id, describe)

    def delete_person(self, person_id: str) -> Person:
        """Delete the person with all its faces; what it was. Raises VisageError(PERSON_UNKNOWN)."""
        before, _nobody = self._edit(person_id, lambda _person: None)
        return before

    def delete_unused(self, person_id: str, day: str) -> Person | None:
        """Delete a person that was last of use on this day (ISO 8601), as `usage` has it; what it was.

        None when there is no such person, or when it has been of use since.
        """

        def delete(now: Person | None) -> Person | None:
            row = table.get(rows.used_key(self.name, person_id))
            return None if row and row["last_use"]["S"] == day else now

        before, after = self._change(person_id, delete, last_use=day)
        return before if after is None else None

    def join(self, person_id: str, groups: Collection[str]) -> Person:
        """Put the person into these groups as well; what it is then.

        Raises VisageError: PERSON_UNKNOWN, or GROUP_UNKNOWN when one of the groups does not exist, and then nothing
        changes.
        """

        def join(person: Person) -> Person:
            new = frozenset(groups) - person.groups
            missing = sorted(new.difference(self.groups())) if new else []
            if missing:
                raise VisageError(Reason.GROUP_UNKNOWN, f"There is no group {missing[0]}.")
            return replace(person, groups=person.groups | new) if new else person

        return self._edit(person_id, join)[1]

    def enter(self, person_id: str, groups: Collection[str], asked: float) -> Person:
        """Put the person into these groups as well; what it is then. It and they come to be where they do not exist.

        `asked`: when that was asked for (epoch seconds), which may be long ago. Raises VisageError: PERSON_UNKNOWN when
        the person was deleted, or the whole library erased, after that; TOO_MANY_GROUPS when the library would have
        more than `GROUPS`.
        """
        nobody = Person(person_id, born=secrets.token_hex(16), stamp="")

        def enter(now: Person | None) -> Person:
            if self.closed() or self.deleted_since(person_id, asked):
                raise VisageError(Reason.PERSON_UNKNOWN)
            person = now or nobody
            new = person.groups.union(groups)
            return now if now and new == now.groups else replace(person, groups=new)

        return self._change(person_id, enter, asked=asked)[1]

    def leave(self, person_id: str, groups: Collection[str]) -> Person:
        """Take the person out of those of these groups that it is in; what it is then.

        Raises VisageError(PERSON_UNKNOWN).
        """

        def leave(person: Person) -> Person:
            stays = person.groups.difference(groups)
            return replace(person, groups=stays) if stays != person.groups else person

        return self._edit(person_id, leave)[1]

    def add_face(
        self, person: Person, face: StoredFace, alike: Callable[[StoredFace], bool] = lambda _known: False
    ) -> Person:
        """Enrol a face, unless the person has one of the same id or origin, or one `alike`; what the person is then.

        Raises VisageError: PERSON_UNKNOWN, also when the id is another person's by now, or TOO_MANY_FACES when the
        person has `FACES`.
        """

        def enrol(now: Person) -> Person:
            origins = {known.origin for known in now.faces.values() if known.origin}
            if face.id in now.faces or face.origin in origins or any(map(alike, now.faces.values())):
                return now
            if len(now.faces) >= FACES:
                raise VisageError(Reason.TOO_MANY_FACES, f"A person may have {FACES} faces.")
            return replace(now, faces={**now.faces, face.id: face})

        return self._edit(person.id, _of(person, enrol))[1]

    def remove_faces(self, person_id: str, face_ids: Collection[str]) -> tuple[Person, list[str]]:
        """Remove those of these faces that the person has; what it is then, and the ids of the removed.

        Raises VisageError(PERSON_UNKNOWN).
        """

        def remove(person: Person) -> Person:
            faces = {face.id: face for face in person.faces.values() if face.id not in face_ids}
            return replace(person, faces=faces) if len(faces) < len(person.faces) else person

        before, after = self._edit(person_id, remove)
        return after, [face_id for face_id in before.faces if face_id not in after.faces]

    def replace_embedding(self, person: Person, face_id: str, embedding: np.ndarray, model: str) -> Person:
        """Give a face what another model made of its image: `embedding`, float32 (256,); what the person is then.

        A face that was removed meanwhile stays so. Raises VisageError(PERSON_UNKNOWN), also when the id is another
        person's by now.
        """

        def exchange(now: Person) -> Person:
            if face_id not in now.faces:
                return now
            face = replace(now.faces[face_id], embedding=embedding, model=model)
            return replace(now, faces={**now.faces, face_id: face})

        return self._edit(person.id, _of(person, exchange))[1]

    def deleted_since(self, person_id: str, moment: float) -> bool:
        """Whether a person of this id was deleted at this moment (epoch seconds) or later, in the last three days."""
        row = table.get(rows.gone_key(self.name, person_id))
        return row is not None and float(row["deleted"]["N"]) >= moment

    def closed(self) -> bool:
        """Whether the library was erased as a whole, and nobody has been added since."""
        return "closed" in (table.get(rows.library_key(self.name)) or {})

    def changes(self) -> list[Change]:
        """What the groups' snapshots do not know, by person."""
        return [rows.read_change(row) for row in table.partition(rows.changes_of(self.name))]

    def settle(self, change: Change) -> None:
        """Forget a change that every snapshot it touched knows now, unless the person has changed again."""
        table.delete(rows.change_key(self.name, change.person_id), change.stamp)

    def _find(self, person_id: str) -> Person | None:
        row = table.get(rows.person_key(self.name, person_id))
        return rows.read_person(row) if row else None

    def _edit(self, person_id: str, edit: Callable[[Person], Person | None]) -> tuple[Person, Any]:
        """`_change` of a person that must exist. Raises VisageError(PERSON_UNKNOWN)."""
        return self._change(person_id, lambda now: edit(_known(now)))

    def _change(
        self, person_id: str, edit: Callable[[Person | None], Person | None], **conditions: Any
    ) -> tuple[Any, Any]:
        """Make of a person what `edit` makes of it, in one transaction; the person before and after.

        None is nobody; an edit that gives its argument back writes nothing. It is called again when another writer was
        faster. `conditions` are those of `transaction.actions`.
        """
        wait = table.patience()
        sent: dict[str, tuple[Person | None, Person | None]] = {}
        while True:
            before = self._find(person_id)
            if sent and (stamp := self._last_stamp(person_id, before)) in sent:
                # It had been done: the answer was lost, and the transaction sent twice failed over itself.
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
                # The groups were read after the person: what they forbid is forbidden if nobody changed it meanwhile.
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


def _known(person: Person | None) -> Person:
    if person is None:
        raise VisageError(Reason.PERSON_UNKNOWN)
    return person


def _of(person: Person, edit: Callable[[Person], Person]) -> Callable[[Person], Person]:
    """The edit of this very person, and of no later one with its id."""

    def guarded(now: Person) -> Person:
        if now.born != person.born:
            raise VisageError(Reason.PERSON_UNKNOWN)
        return edit(now)

    return guarded
