"""Searches are exact at every moment, whoever is packing and however far the packing has got."""

import math
import random
from contextlib import suppress
from functools import partial
from itertools import count

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from tests.property.gallery.machine import FACES, GROUPS, IDS, LibraryMachine
from tests.support.effort import examples
from tests.support.interleaving import Interleaving, Kill, Killed, watched
from tests.support.library import MODEL, embeddings, face, fill_table, of_person, save_table
from visage import aws, table
from visage.errors import Reason, VisageError
from visage.gallery.index.container_cache import container_cache
from visage.gallery.index.view import view
from visage.gallery.persons import store, transaction
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.persons.types import StoredFace
from visage.gallery.upkeep.pack import pack
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")

COUNT = 2
"""Persons wanted of a search: fewer than there may be."""
ORDERS = st.integers(0, 2**32)
"""Seeds of the orders in which calls are made."""
WRITES = st.sampled_from(["add", "set", "delete", "join", "leave", "enrol", "remove"])
PROBES = np.concatenate([[face(0).embedding, face(3).embedding], embeddings(1, seed=1000)])


def similarity(known: StoredFace, probe: np.ndarray) -> float:
    """The dot product, rounded once."""
    return float(np.float32(math.fsum((known.embedding.astype(np.float64) * probe.astype(np.float64)).tolist())))


class SearchMachine(LibraryMachine):
    """Also packs; a search must find what a comparison with each face of the model finds."""

    def __init__(self):
        super().__init__()
        container_cache.cache_clear()
        FaceImages().erase(["acme/"])
        self.images: set[str] = set()

    @rule()
    def start_another_container(self):
        container_cache.cache_clear()

    @rule()
    def pack(self):
        pack("acme")
        assert self.library.changes() == []
        found = aws.client("s3").list_objects_v2(Bucket=settings().face_bucket).get("Contents", [])
        assert {item["Key"] for item in found} == self.kept()
        self.all_groups_are_the_models()

    @rule(number=st.integers(0, 30), after=st.booleans())
    def pack_and_die(self, number, after):
        try:
            with watched(Kill(number, after=after)):
                pack("acme")
        except Killed:
            pass
        self.all_groups_are_the_models()

    @rule(order=ORDERS, calls=st.none() | st.integers(1, 60))
    def pack_twice_at_once(self, order, calls):
        """Run two packers; after this number of calls, both die."""
        self.at_once(order, calls, lambda: pack("acme"), lambda: pack("acme"))

    @rule(order=ORDERS, person_id=IDS, write=WRITES)
    def pack_while_somebody_writes(self, order, person_id, write):
        groups = {"a", "b"} & self.groups
        work = {
            "add": lambda: self.add_person(person_id, groups, "new", ""),
            "set": lambda: self.set_person(person_id, "other", None),
            "delete": lambda: self.delete_person(person_id),
            "join": lambda: self.join(person_id, groups),
            "leave": lambda: self.leave(person_id, groups),
            "enrol": lambda: self.add_face(person_id, 5, "", False, False),
            "remove": lambda: self.remove_faces(person_id, [0, 1, 2, 3]),
        }
        self.at_once(order, None, work[write], lambda: pack("acme"), lambda: pack("acme"))

    def at_once(self, order, calls, *functions):
        orders, left, last = random.Random(order), calls, 0

        def choose(waiting):
            nonlocal left, last
            if left == 0:
                return None
            left = left and left - 1
            # Mostly the same goes on: it is between two calls of one that another must do much to spoil something.
            if last >= waiting or orders.random() < 0.2:
                last = orders.randrange(waiting)
            return last

        for result in Interleaving(choose).run([*functions, self.look]):
            if isinstance(result, BaseException) and not isinstance(result, Killed):
                raise result
        self.all_groups_are_the_models()

    def look(self):
        """Read all groups, as anybody may meanwhile; what the container caches must not be wrong later."""
        for group in sorted(self.groups):
            with suppress(VisageError):
                view("acme", group).search(PROBES, COUNT, model=MODEL)

    @rule(group=st.sampled_from("abcdef"), model=st.sampled_from([MODEL, MODEL, "model-2"]))
    def search(self, group, model):
        members = {person_id: entry for person_id, entry in self.entries.items() if group in entry.groups}
        faces = [known for entry in members.values() for known in entry.faces.values()]
        if group not in self.groups:
            self.call(Reason.GROUP_UNKNOWN, view, "acme", group)
            return
        seen = view("acme", group)
        assert seen.total == len(members)
        self.faces_are_counted(seen, len(faces))
        assert seen.persons(None, 10) == sorted(members) == seen.persons_page(1, 2) + seen.persons_page(2, 2)
        assert seen.persons("ann", 1) == [person_id for person_id in sorted(members) if person_id > "ann"][:1]
        refusal = Reason.MODEL_CHANGED if any(known.model != model for known in faces) else None
        found = self.call(refusal, lambda: seen.search(PROBES, COUNT, model=model))
        for probe, matches in zip(PROBES, found, strict=True) if not refusal else ():
            best = {
                person_id: max(similarity(known, probe) for known in entry.faces.values())
                for person_id, entry in members.items()
                if entry.faces
            }
            expected = sorted(best, key=lambda person_id: (-best[person_id], person_id))[:COUNT]
            assert [match.person_id for match in matches] == expected
            for match in matches:
                entry = members[match.person_id]
                assert (match.name, match.note) == (entry.name, entry.note)
                assert match.similarity == best[match.person_id]
                assert match.similarity == similarity(entry.faces[match.face_id], probe)

    def faces_are_counted(self, seen, faces):
        assert seen.faces == faces

    def all_groups_are_the_models(self):
        for group in sorted(self.groups):
            self.search(group, MODEL)

    @invariant()
    def images_are_kept(self):
        """Enrolling stores the image first."""
        for key in self.kept() - self.images:
            FaceImages().put(key, b"image", "image/png")
        self.images |= self.kept()

    def kept(self) -> set[str]:
        return {
            image_key("acme", entry.born, known.id)
            for entry in self.entries.values()
            for known in entry.faces.values()
            if known.kept
        }


@pytest.fixture
def limits(monkeypatch):
    monkeypatch.setattr(store, "FACES", FACES)
    monkeypatch.setattr(transaction, "GROUPS", GROUPS)
    # Nobody waits, so nobody is let past either: an unlucky order takes many attempts.
    monkeypatch.setattr(table, "_PAUSES", (0.0,) * 1000)


@pytest.mark.usefixtures("limits")
def test_searches_are_exact_whoever_packs_meanwhile():
    steps = hypothesis.settings(max_examples=examples(10), stateful_step_count=25, deadline=None)
    run_state_machine_as_test(SearchMachine, settings=steps)


CHANGES = {
    "set": lambda library: library.set_person("ann", "other"),
    "leave": lambda library: library.leave("ann", ["a"]),
    "delete": lambda library: library.delete_person("ann"),
    "enrol": lambda library: library.add_face(library.person("ann"), face(7)),
    "add": lambda library: library.add_person("new", ["a"]),
}


@pytest.mark.parametrize("write", CHANGES)
def test_a_change_is_found_whenever_it_meets_a_packer(monkeypatch, write):
    """Each participant pauses before each of its calls until the others have ended: nothing is lost."""
    monkeypatch.setattr(table, "_PAUSES", (0.0,) * 2)
    library = Library("acme")
    library.add_person("ann", ["a"])
    library.add_face(library.person("ann"), face(1))
    rows = save_table()
    writer, packer = partial(CHANGES[write], library), partial(pack, "acme")
    for first, *others in ([writer, packer, seen], [packer, writer, seen], [packer, writer, packer, seen]):
        for stop in count():
            fill_table(rows)
            container_cache.cache_clear()
            seen()
            left = stop

            def choose(waiting, others=others):
                nonlocal left
                if left == 0:
                    return min(1, waiting - 1)
                left -= waiting > len(others)
                return 0

            results = Interleaving(choose).run([first, *others])
            assert all(result.reason is Reason.CONTENDED for result in results if isinstance(result, Exception))
            persons = library.persons(["ann", "new"]).values()
            members = [of_person(person) for person in persons if "a" in person.groups]
            for _container in range(2):
                assert (seen().total, seen().faces) == (len(members), sum(len(member[3]) for member in members))
                found = seen().search(PROBES, model=MODEL)[0]
                assert [match.name for match in found] == [member[0] for member in members if member[3]]
                container_cache.cache_clear()
            if left > 0:
                break
        assert stop > 3


def seen():
    """The group as seen by a container with a cache."""
    return view("acme", "a")
