"""Packing and purging: the resulting files and their content."""

from itertools import pairwise

import pytest

from tests.support.interleaving import watched
from tests.support.library import MODEL, enrol, face
from visage import aws, table
from visage.errors import Reason, VisageError
from visage.gallery.index import snapshot_files
from visage.gallery.index.container_cache import container_cache
from visage.gallery.index.snapshot_files import FileGoneError
from visage.gallery.index.view import view
from visage.gallery.persons.store import Library
from visage.gallery.upkeep import compaction
from visage.gallery.upkeep import pack as packing
from visage.gallery.upkeep import purge as purging
from visage.gallery.upkeep.pack import pack, pack_each
from visage.gallery.upkeep.purge import PurgeReport, purge
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment", "no_naps")

LATER = 10**10
"""Seconds since 1970: no file is young then."""


@pytest.fixture
def no_naps(monkeypatch):
    monkeypatch.setattr(table.time, "sleep", lambda _seconds: None)


def files(group: str = "g") -> list[tuple[int, int]]:
    """Persons and faces of each file of a group's snapshot, oldest first."""
    return [(file.persons, file.faces) for file in snapshot_files.edition("acme", group).files]


def stored() -> int:
    return len(list(snapshot_files.stored()))


def enrol_many(library: Library, first: int, count: int) -> None:
    for number in range(first, first + count):
        enrol(library, f"p{number:03}", ["g"], [number])


def test_every_group_of_a_person_gets_an_edition(library):
    enrol(library, "ann", ["g", "h"], [1, 2])
    enrol(library, "ben", ["h"], [])
    report = pack("acme")
    assert (report.settled, report.editions) == (2, 2)
    assert (files("g"), files("h")) == ([(1, 2)], [(2, 2)])


def test_a_library_without_changes_is_left_alone(library):
    assert pack("acme").editions == 0
    assert stored() == 0


def test_many_changes_are_packed_in_several_passes(library, monkeypatch):
    monkeypatch.setattr(packing, "_BATCH", 3)
    enrol_many(library, 0, 10)
    assert pack("acme").settled == 10
    assert library.changes() == [] and view("acme", "g").total == 10


def test_a_few_changes_of_a_large_group_write_a_small_file(library, monkeypatch):
    monkeypatch.setattr(compaction, "_SMALL", 300)
    enrol_many(library, 0, 60)
    pack("acme")
    enrol_many(library, 60, 1)
    pack("acme")
    assert files() == [(60, 60), (1, 1)]


@pytest.mark.slow
def test_files_stay_few_and_each_is_much_larger_than_the_next(library, monkeypatch):
    monkeypatch.setattr(compaction, "_SMALL", 1600)
    monkeypatch.setattr(compaction, "_RATIO", 2)
    written = 0
    for number in range(40):
        enrol_many(library, 2 * number, 2)
        pack("acme")
        written += files()[-1][1]
        assert sum(faces for _persons, faces in files()) == 2 * number + 2
        sizes = [file.size for file in snapshot_files.edition("acme", "g").files]
        assert len(sizes) <= 4 and all(older > newer for older, newer in pairwise(sizes))
    assert written < 80 * 8, "faces written, and written again"


@pytest.mark.slow
def test_large_files_of_one_pass_after_the_other_are_merged_as_well(library, monkeypatch):
    monkeypatch.setattr(compaction, "_SMALL", 1)
    for number in range(5):
        enrol_many(library, 20 * number, 20)
        pack("acme")
    assert files() == [(100, 100)]


def test_who_is_gone_is_named_until_no_older_file_names_them(library, monkeypatch):
    monkeypatch.setattr(compaction, "_RATIO", 0)
    enrol_many(library, 0, 3)
    pack("acme")
    library.delete_person("p001")
    pack("acme")
    assert files() == [(3, 3), (1, 0)]
    monkeypatch.setattr(compaction, "_RATIO", 1000)
    library.leave("p002", ["g"])
    pack("acme")
    assert files() == [(1, 1)]


def test_a_group_that_everybody_has_left_has_an_edition_without_files(library):
    enrol(library, "ann", ["g"], [1])
    pack("acme")
    library.delete_person("ann")
    pack("acme")
    assert files() == [] and snapshot_files.edition("acme", "g").stamp
    assert view("acme", "g").search(face(1).embedding[None], model=MODEL) == [[]]


def test_files_of_another_quantizer_are_not_merged(library, monkeypatch):
    enrol(library, "ann", ["g"], [1])
    pack("acme")
    other = compaction.build({}).table.quantizer
    monkeypatch.setattr("visage.gallery.index.segments.trained", lambda: type(other)(other.centre, other.steps * 2))
    enrol(library, "ben", ["g"], [2])
    pack("acme")
    assert files() == [(1, 1), (1, 1)]
    probes = face(1).embedding[None], face(2).embedding[None]
    assert [view("acme", "g").search(each, 1, model=MODEL)[0][0].person_id for each in probes] == ["ann", "ben"]
    library.delete_person("ann")
    pack("acme")
    purge()
    assert files() == [(1, 1)]


def test_images_of_faces_that_are_gone_are_erased(library):
    s3, bucket = aws.client("s3"), settings().face_bucket
    library.add_person("ann", ["g"])
    ann = library.person("ann")
    for number in (1, 2):
        library.add_face(ann, face(number, kept=True))
        s3.put_object(Bucket=bucket, Key=f"acme/{ann.born}/{face(number).id}", Body=b"image")
    library.remove_faces("ann", [face(1).id])
    pack("acme")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [f"acme/{ann.born}/{face(2).id}"]
    library.delete_person("ann")
    pack("acme")
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


def test_a_packer_that_is_always_overtaken_gives_up(library, monkeypatch):
    enrol(library, "ann", ["g"], [1])
    monkeypatch.setattr(snapshot_files, "publish", lambda *_arguments, **_more: False)
    with pytest.raises(VisageError) as raised:
        pack("acme")
    assert raised.value.reason is Reason.CONTENDED
    assert len(library.changes()) == 1


def test_an_answer_that_was_lost_makes_nothing_be_packed_twice(library):
    enrol(library, "ann", ["g"], [1])

    def lose(operation, parameters, call):
        answer = call()
        # boto3 asks again when no answer came
        return call() if operation == "PutItem" and parameters["Item"]["pk"]["S"].startswith("GALLERY") else answer

    with watched(lose):
        assert pack("acme").editions == 1


def test_one_library_that_cannot_be_packed_does_not_hold_up_the_others(library, monkeypatch):
    enrol(library, "ann", ["g"], [1])
    done = []
    monkeypatch.setattr(packing, "pack", lambda name: done.append(name) or (1 / 0 if name == "a" else None))
    with pytest.raises(ExceptionGroup) as raised:
        pack_each({"b", "a", "c"})
    assert done == ["a", "b", "c"]
    assert [type(each) for each in raised.value.exceptions] == [ZeroDivisionError]


# the purge


def test_the_purge_takes_out_who_is_gone_and_only_writes_what_held_them(library, monkeypatch):
    monkeypatch.setattr(compaction, "_RATIO", 0)
    for number in range(4):
        enrol_many(library, number, 1)
        pack("acme")
    kept = snapshot_files.edition("acme", "g").files[0]
    library.delete_person("p001")
    library.set_person("p003", "Other")
    pack("acme")
    assert files() == [(1, 1), (1, 1), (1, 1), (1, 1), (2, 1)]
    assert purge(LATER) == PurgeReport(settled=0, removed=4)
    assert files() == [(1, 1), (2, 2)] and snapshot_files.edition("acme", "g").files[0] == kept
    assert view("acme", "g").persons(None, 9) == ["p000", "p002", "p003"]
    assert all(b"p001" not in _ids(file) for file in snapshot_files.edition("acme", "g").files)
    assert purge(LATER) == PurgeReport(settled=0, removed=0)


def _ids(file: snapshot_files.File) -> list[bytes]:
    return snapshot_files.read_table(file).ids.tolist()


def test_the_purge_packs_what_a_packer_has_left(library):
    enrol(library, "ann", ["g"], [1])
    pack("acme")
    library.delete_person("ann")
    assert purge(LATER).settled == 1
    assert stored() == 0


def test_the_purge_removes_files_of_a_packer_that_died_unless_they_are_young(library):
    enrol(library, "ann", ["g"], [1])
    pack("acme")
    snapshot_files.write("acme", "g", compaction.build({"ann": library.person("ann")}))
    assert (purge().removed, stored()) == (0, 2)
    assert (purge(LATER).removed, stored()) == (1, 1)


@pytest.mark.parametrize("step", ["pack", "_rewrite"])
def test_one_library_that_cannot_be_purged_does_not_hold_up_the_others(library, monkeypatch, step):
    for name in ("acme", "other"):
        enrol(Library(name), "ann", ["g"], [1])
        pack(name)
        Library(name).delete_person("ann")
    done = getattr(purging, step)

    def fail_for_acme(name, *rest):
        return done(name, *rest) if name != "acme" else 1 / 0

    monkeypatch.setattr(purging, step, fail_for_acme)
    with pytest.raises(ExceptionGroup):
        purge(LATER)
    assert list(snapshot_files.stored("other")) == []


def test_a_file_that_is_gone_is_looked_for_in_a_later_edition(library, monkeypatch):
    monkeypatch.setattr(compaction, "_RATIO", 0)
    for number in range(3):
        enrol_many(library, number, 1)
        pack("acme")
    seen = view("acme", "g")
    library.delete_person("p000")
    purge(LATER)
    container_cache.cache_clear()
    assert [match.person_id for match in seen.search(face(2).embedding[None], model=MODEL)[0]][0] == "p002"
    assert seen.total == 2


def test_a_file_that_is_lost_is_an_error(library):
    enrol(library, "ann", ["g"], [1])
    pack("acme")
    snapshot_files.remove(snapshot_files.edition("acme", "g").files[0].key)
    container_cache.cache_clear()
    with pytest.raises(FileGoneError):
        view("acme", "g")
