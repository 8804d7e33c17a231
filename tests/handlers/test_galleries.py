"""The background functions on snapshots: triggered by the table's stream and by schedules."""

import json
from importlib import import_module

import pytest

from tests.conftest import ROOT
from tests.support.library import enrol
from visage.gallery.index import snapshot_files
from visage.gallery.persons.store import Library

pytestmark = pytest.mark.usefixtures("deployment")


def invoke(function: str) -> None:
    event = json.loads((ROOT / "events" / f"{function}.json").read_text())
    return import_module(f"{function}.app").handler(event, None)


def test_the_stream_selects_the_library_to_pack():
    for name in ("events", "another"):
        enrol(Library(name), "ann", ["staff"], [1])
    assert invoke("pack_gallery") is None
    assert Library("events").changes() == []
    assert len(Library("another").changes()) == 1


def test_the_schedule_removes_what_persons_left_behind():
    library = Library("events")
    enrol(library, "ann", ["staff"], [1])
    enrol(library, "ben", ["staff"], [2])
    invoke("pack_gallery")
    library.delete_person("ann")
    assert invoke("purge_snapshots") is None
    (file,) = snapshot_files.edition("events", "staff").files
    assert (file.persons, file.faces) == (1, 1)
