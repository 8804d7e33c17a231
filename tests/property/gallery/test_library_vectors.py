"""The same for groups that move to vector indexes: an engine that finds everything behaves like snapshots."""

from contextlib import contextmanager

import hypothesis
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from tests.property.gallery.test_library_search import SearchMachine, limits
from tests.support.effort import examples
from tests.support.library import MODEL
from visage.gallery.index import snapshot_files, vectors
from visage.gallery.upkeep import indexing, leases
from visage.gallery.upkeep.pack import pack
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment", "limits", "engine")

__all__ = ["limits"]

LEASE = 61
"""Seconds after which nobody holds a lease that was not extended."""


class Clock:
    """A clock that advances only on demand."""

    now = 1_800_000_000.0

    def time(self):
        return self.now


clock = Clock()


class VectorMachine(SearchMachine):
    """Every group with more than one face moves; a lease of a dead writer has expired."""

    service = None

    # A group with an index tells only whether its files name another model, not whether a face is left of it.
    replace_embedding = None

    def __init__(self):
        super().__init__()
        self.service.buckets["visage-vectors"].clear()

    @rule(group=st.sampled_from("abcdef"))
    def search(self, group, model=MODEL):
        super().search(group, model)

    @rule()
    def pack_to_the_end(self):
        clock.now += LEASE
        pack("acme")
        for group in self.groups:
            edition = snapshot_files.edition("acme", group)
            assert not edition.filling
            if edition.index:
                assert self.service.buckets["visage-vectors"][edition.index].vectors.keys() == self.keys(group)

    def keys(self, group):
        """Keys of the vectors of the group's faces."""
        members = {person_id: entry for person_id, entry in self.entries.items() if group in entry.groups}
        return {f"{person_id}/{face_id}" for person_id, entry in members.items() for face_id in entry.faces}

    def all_groups_are_the_models(self):
        clock.now += LEASE
        super().all_groups_are_the_models()

    def faces_are_counted(self, seen, faces):
        """Files that were not compacted count some faces twice."""


@contextmanager
def _in_turn(_threads):
    """A pool without threads: interleaved calls must be attributable to their callers."""
    yield type("Pool", (), {"map": staticmethod(map)})


@pytest.fixture
def engine(monkeypatch, request):
    monkeypatch.setenv("VISAGE_VECTORS_FROM", "1")
    settings.cache_clear()
    monkeypatch.setattr(leases, "time", clock)
    monkeypatch.setattr(indexing, "_BATCH", 2)
    monkeypatch.setattr(vectors, "ThreadPoolExecutor", _in_turn)
    monkeypatch.setattr(VectorMachine, "service", request.getfixturevalue("vectors"))


def test_searches_are_exact_whoever_packs_and_moves_meanwhile():
    steps = hypothesis.settings(max_examples=examples(8), stateful_step_count=25, deadline=None)
    run_state_machine_as_test(VectorMachine, settings=steps)
