"""Readers, packers and the purge interleaved at every pair of steps; nobody finds anything but the latest state."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.support.effort import pairs
from tests.support.interleaving import Interleaving, Kill, Killed, watched
from tests.support.library import MODEL, enrol, face, fill_table, put_objects, save_objects, save_table
from visage import table
from visage.errors import Reason
from visage.gallery.index import snapshot_files
from visage.gallery.index.container_cache import container_cache
from visage.gallery.index.view import view
from visage.gallery.persons.store import Library
from visage.gallery.upkeep import compaction
from visage.gallery.upkeep.pack import pack
from visage.gallery.upkeep.purge import purge

pytestmark = pytest.mark.usefixtures("deployment", "no_naps")

PROBES = np.stack([face(number).embedding for number in range(4)])
NOW = {"ann": 0, "cid": 2, "dora": 3}
"""Who is in the group `g` after the changes, each with one face; `ben`, with face 1, has left."""
LATER = 10**10
"""Seconds since 1970: no file is young then."""


@pytest.fixture
def no_naps(monkeypatch):
    monkeypatch.setattr(table.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(compaction, "_SMALL", 0)


@pytest.fixture
def changed(no_naps):
    """A group with a snapshot of two files and changes that it does not contain yet; calling it restores this state."""
    library = Library("acme")
    enrol(library, "ann", ["g"], [0])
    enrol(library, "ben", ["g"], [1])
    enrol(library, "dora", ["other"], [3])
    pack("acme")
    library.set_person("ann", "Ann")
    pack("acme")
    enrol(library, "cid", ["g"], [2])
    library.delete_person("ben")
    library.add_person("eve", {"g"})
    library.delete_person("eve")
    library.join("dora", ["g"])
    rows, objects = save_table(), save_objects()
    keys = {key for _bucket, key in objects}

    def again() -> None:
        fill_table(rows)
        for entry in snapshot_files.stored():
            if entry["Key"] not in keys:
                snapshot_files.remove(entry["Key"])
        put_objects(objects)
        container_cache.cache_clear()

    return again


def found() -> dict[str, int]:
    """The group as a search sees it: by person, the number of the face most similar to a probe."""
    seen = view("acme", "g")
    matches = seen.search(PROBES, 4, model=MODEL)
    assert {match.person_id for each in matches for match in each} == set(NOW)
    assert seen.persons(None, 10) == sorted(NOW) and seen.total == len(NOW) == seen.faces
    return {each[0].person_id: number for number, each in enumerate(matches) if each[0].similarity > 0.99}


def run_all(*turns: tuple[int, int | None]) -> Callable[[int], int]:
    """For `Interleaving`: actors with the number of calls they make; None: all remaining."""
    left, alive, last = [list(turn) for turn in turns], [], None

    def choose(waiting: int) -> int:
        nonlocal alive, last
        if last is None:
            alive = list(range(waiting))
        elif waiting < len(alive):
            alive.remove(last)
        while left and (left[0][0] not in alive or left[0][1] == 0):
            left.pop(0)
        last = left[0][0] if left else alive[0]
        if left and left[0][1] is not None:
            left[0][1] -= 1
        return alive.index(last)

    return choose


def calls(work: Callable[[], object]) -> int:
    """The number of AWS calls that it makes."""
    made = []

    def count(operation, _parameters, call):
        made.append(operation)
        return call()

    with watched(count):
        work()
    return len(made)


def run(again, functions, *turns):
    again()
    for result in Interleaving(run_all(*turns)).run(functions):
        if isinstance(result, BaseException):
            raise result


def purge_all() -> None:
    purge(LATER)


@pytest.mark.parametrize("other", [lambda: pack("acme"), purge_all], ids=["packer", "purge"])
def test_a_reader_finds_the_same_wherever_another_is_at_work(changed, other):
    def read():
        assert found() == NOW

    changed()
    readings = calls(read)
    changed()
    works = calls(other)
    for before, amid in pairs(range(readings + 1), range(works + 1), one_in=15):
        run(changed, [read, other], (1, amid), (0, before), (1, None))


@pytest.mark.parametrize("second", [lambda: pack("acme"), purge_all], ids=["packer", "purge"])
def test_two_packers_do_no_harm_wherever_they_meet(changed, second):
    changed()
    works = calls(lambda: pack("acme"))
    changed()
    others = calls(second)
    for one, two in pairs(range(works + 1), range(others + 1), one_in=15):
        run(changed, [lambda: pack("acme"), second], (0, one), (1, two), (0, None))
        assert Library("acme").changes() == []
        assert found() == NOW
        container_cache.cache_clear()
        assert found() == NOW


def test_a_change_while_two_pack_is_lost_by_none(changed):
    """A second packer that read the person before the change must not publish what it read."""

    def write():
        Library("acme").join("ann", ["other"])
        Library("acme").leave("dora", ["g"])
        Library("acme").join("dora", ["g"])

    changed()
    works = calls(lambda: pack("acme"))
    for one, two in pairs(range(works + 1), range(works + 1), one_in=15):
        run(changed, [lambda: pack("acme"), lambda: pack("acme"), write], (0, one), (1, two), (2, None), (1, None))
        pack("acme")
        assert found() == NOW


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda library: library.delete_person("cid"), ["ann", "dora"]),
        (lambda library: library.add_person("fay", {"g"}), ["ann", "cid", "dora", "fay"]),
        (lambda library: library.leave("ann", {"g"}), ["cid", "dora"]),
    ],
    ids=["delete", "add", "leave"],
)
def test_a_packer_in_the_middle_of_a_transaction_settles_only_what_it_has_read(changed, write, expected):
    """A transaction's rows become visible one after the other, and the writer may pause for long in between."""
    for made in range(12):
        changed()
        functions = [lambda: write(Library("acme")), lambda: pack("acme")]
        written, packed = Interleaving(run_all((0, made), (1, None), (0, None))).run(functions)
        assert not isinstance(written, BaseException)
        assert not isinstance(packed, BaseException) or packed.reason is Reason.CONTENDED
        assert view("acme", "g").persons(None, 10) == expected
        pack("acme")
        assert view("acme", "g").persons(None, 10) == expected


@pytest.mark.parametrize("work", [lambda: pack("acme"), purge_all], ids=["packer", "purge"])
@pytest.mark.parametrize("after", [False, True])
def test_who_dies_at_any_step_leaves_the_group_as_it_is_and_files_that_the_purge_removes(changed, work, after):
    changed()
    for number in range(calls(work)):
        changed()
        with pytest.raises(Killed), watched(Kill(number, after=after)):
            work()
        assert found() == NOW
        purge(LATER)
        assert found() == NOW
        needed = {file.key for group in ("g", "other") for file in snapshot_files.edition("acme", group).files}
        assert {entry["Key"] for entry in snapshot_files.stored()} == needed
