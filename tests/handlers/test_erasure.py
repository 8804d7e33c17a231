"""Deleting persons and faces leaves nothing behind, not even of concurrent work."""

import json
import time
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from botocore.exceptions import ClientError

from tests.support.erasure import HOUR, remnants, settle
from tests.support.interleaving import Kill, Killed, watched
from tests.support.jobs import stowed
from tests.support.library import (
    MODEL,
    embeddings,
    enrol,
    face,
    fill_table,
    put_objects,
    refusal,
    save_objects,
    save_table,
)
from visage import aws, table
from visage.erasure import persons
from visage.errors import Reason, VisageError
from visage.gallery.index.container_cache import container_cache
from visage.gallery.index.view import view
from visage.gallery.persons import rows, usage
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.gallery.upkeep.pack import pack
from visage.jobs import rows as jobs
from visage.jobs import scans, stowage
from visage.settings import settings


@pytest.fixture
def acme(deployment):
    return Library("acme")


def put(key, content=b"-"):
    aws.client("s3").put_object(Bucket="visage-uploads", Key=key, Body=content)


def fill(library):
    """A person of whom there is something in every store, in one group by files and in another by an index."""
    enrol(library, "ben", ["staff", "large"], [7, 8])
    enrol(library, "ann", ["staff", "large"], [1, 2])
    ann = library.person("ann")
    library.add_face(ann, face(3, kept=True))
    FaceImages().put(image_key("acme", ann.born, face(3).id), b"-", "image/jpeg")
    finished({"results": [{"topPersonData": [{"persons": [{"personId": "ann"}]}]}]}, "acme/results/scan/1.jpg.json")
    put("acme/enrol/staff/ann/4.jpg")
    put("acme/results/enrol/staff/ann/3.jpg.json", b"{}")
    put("acme/results/enrol/0123.json", json.dumps({"object": "acme/enrol/large/ann/long.jpg"}).encode())
    pack("acme")


def finished(entry, result_key=""):
    """A scan that is done and names ann."""
    row = {"stage": {"S": "done"}, "entry": {"S": json.dumps(entry)}, "persons": {"SS": ["ann"]}, "runs": {"N": "1"}}
    row |= {"result_key": {"S": result_key}} if result_key else {}
    ends = {"ends": {"N": str(time.time() + HOUR)}, "expires": {"N": str(int(time.time() + HOUR))}}
    task_id = f"img{len(result_key)}"
    table.put({**jobs.key("acme", task_id), **row, **ends})
    if result_key:
        stowage.put(result_key, json.dumps({**entry, "taskId": task_id}))


def test_a_deleted_person_is_erased_from_every_store(acme, monkeypatch):
    monkeypatch.setenv("VISAGE_VECTORS_FROM", "1")
    settings.cache_clear()
    fill(acme)
    assert remnants().keys() == {
        *("rows of the table", "images of faces", "snapshots of groups", "vector indexes", "uploads and results"),
    } - {"images of faces"}  # images of existing persons are not remnants
    persons.delete_person("acme", "ann")
    assert "uploads and results" not in remnants()
    settle()
    assert remnants() == {}
    assert remnants("ben") and not list(FaceImages()._objects(["acme/"]))


def test_refused_drops_are_erased_in_groups_that_never_existed(acme):
    enrol(acme, "ann", ["staff"], [1])
    put("acme/enrol/guests/ann/4.jpg")
    put("acme/results/enrol/guests/ann/4.jpg.json", b"{}")
    put("acme/results/enrol/guests/annette/4.jpg.json", b"{}")
    persons.delete_person("acme", "ann")
    assert "uploads and results" not in remnants()
    assert "uploads and results" in remnants("annette")


def test_an_interrupted_deletion_leaves_nothing_behind_in_the_end(acme):
    fill(acme)
    begun, objects = save_table(), save_objects()
    for number in count():
        fill_table(begun)
        put_objects(objects)
        try:
            with watched(Kill(number, after=True)):
                persons.delete_person("acme", "ann")
        except Killed:
            with suppress(VisageError):
                persons.delete_person("acme", "ann")  # as its client does
            settle()
            assert remnants() == {}, f"after call {number}"
        else:
            break
    assert number >= 8


def test_removed_faces_leave_images_results_and_snapshots(acme):
    fill(acme)
    removed = persons.remove_faces("acme", "ann", [face(3).id, "404"])
    assert removed == [face(3).id]
    assert list(FaceImages()._objects(["acme/"])) == []
    assert [row.get("stage") for row in table.partition("JOBS#acme")] == [{"S": "forgotten"}]
    assert acme.person("ann").faces.keys() == {face(1).id, face(2).id}


def test_removing_faces_erases_the_results_of_their_drops(acme):
    fill(acme)
    told = {"object": "acme/enrol/staff/ann/1.jpg", "data": {"faceImageItems": [{"faceId": int(face(3).id)}]}}
    for key, content in {
        "acme/results/enrol/staff/ann/1.jpg.json": told,
        "acme/results/enrol/0a1b.json": told,
        "acme/results/enrol/staff/ann/2.jpg.json": {**told, "data": {"faceImageItems": [{"faceId": 7}]}},
        "acme/results/enrol/staff/ann/3.jpg.json": {"object": "acme/enrol/staff/ann/3.jpg", "code": 400},
    }.items():
        put(key, json.dumps(content).encode())
    persons.remove_faces("acme", "ann", [face(3).id])
    assert [key for key in stowed() if key.startswith("acme/results/enrol")] == [
        "acme/results/enrol/0123.json",
        "acme/results/enrol/staff/ann/2.jpg.json",
        "acme/results/enrol/staff/ann/3.jpg.json",
    ]


# what is under way meanwhile


def test_an_image_that_arrives_for_a_person_deleted_meanwhile_is_erased_later(acme):
    enrol(acme, "ann", ["staff"], [])
    born = acme.person("ann").born
    persons.delete_person("acme", "ann")
    FaceImages().put(image_key("acme", born, "9"), b"-", "image/jpeg")  # and then its function died
    settle()
    assert remnants() == {}


def test_work_in_progress_is_given_time_to_end(acme):
    enrol(acme, "ann", ["staff"], [])
    persons.delete_person("acme", "ann")
    assert persons.sweep() == 0
    assert persons.sweep(now=time.time() + persons.MAX_FUNCTION_SECONDS + 1) == 1
    assert persons.sweep(now=time.time() + 2 * persons.MAX_FUNCTION_SECONDS) == 0, "once is enough"


def test_a_sweep_that_fails_for_one_person_continues_within_its_time_limit(acme, monkeypatch):
    for name in ("ann", "ben", "cleo"):
        enrol(acme, name, ["staff"], [])
        persons.delete_person("acme", name)
    forget, requested_at = scans.forget, []

    def fail_for_ben(library, person_id):
        requested_at.append(person_id)
        if person_id == "ben":
            raise VisageError(Reason.CONTENDED)
        return forget(library, person_id)

    monkeypatch.setattr(persons.scans, "forget", fail_for_ben)
    later = time.time() + persons.MAX_FUNCTION_SECONDS + 1
    assert persons.sweep(until=time.monotonic(), now=later) == 0
    with pytest.raises(ExceptionGroup):
        persons.sweep(now=later)
    assert requested_at == ["ann", "ben", "cleo"]
    requested_at.clear()
    monkeypatch.setattr(persons.scans, "forget", forget)
    assert persons.sweep(now=later) == 1, "only who was left"


def test_a_sweep_leaves_a_new_person_of_the_same_id_alone(acme):
    fill(acme)
    born = acme.person("ann").born
    persons.delete_person("acme", "ann")
    FaceImages().put(image_key("acme", born, "9"), b"-", "image/jpeg")
    enrol(acme, "ann", ["staff"], [5])
    again = acme.person("ann")
    FaceImages().put(image_key("acme", again.born, "5"), b"-", "image/jpeg")
    finished({"results": []})
    put("acme/enrol/staff/ann/5.jpg")
    settle()
    assert list(FaceImages()._objects(["acme/"])) == [image_key("acme", again.born, "5")]
    assert remnants().keys() >= {"rows of the table", "uploads and results"}


def test_a_sweep_keeps_drops_for_a_new_person_not_yet_created(acme):
    enrol(acme, "ann", ["staff"], [1])
    persons.delete_person("acme", "ann")
    then = {":then": table.number(time.time() - HOUR)}
    table.update(rows.deletion_key("acme", "ann"), "SET deleted = :then", "attribute_exists(pk)", then)
    put("acme/enrol/staff/ann/new.jpg")
    assert persons.sweep() == 1
    assert stowed() == ["acme/enrol/staff/ann/new.jpg"]


def test_a_drop_from_before_the_deletion_does_not_recreate_the_person(acme):
    enrol(acme, "ben", ["staff"], [])
    requested_at = time.time()
    acme.upsert("ann", ["staff"], requested_at)
    acme.delete_person("ann")
    assert refusal(acme.upsert, "ann", ["staff"], requested_at) is Reason.PERSON_UNKNOWN
    assert acme.persons(["ann"]) == {}
    acme.upsert("ann", ["staff"], time.time() + 1)
    assert refusal(acme.upsert, "ann", ["large"], requested_at) is Reason.PERSON_UNKNOWN, "nor is it the new one's"


def test_a_drop_does_not_recreate_a_person_deleted_between_its_check_and_its_write(acme, monkeypatch):
    enrol(acme, "ben", ["staff"], [])
    requested_at, write = time.time(), table.write

    def late(actions, wait):
        monkeypatch.setattr(table, "write", write)
        enrol(acme, "ann", ["staff"], [])
        acme.delete_person("ann")
        return write(actions, wait)

    monkeypatch.setattr(table, "write", late)
    assert refusal(acme.upsert, "ann", ["staff"], requested_at) is Reason.PERSON_UNKNOWN
    assert acme.persons(["ann"]) == {}


def test_a_search_that_ends_after_the_deletion_records_no_use(acme):
    enrol(acme, "ann", ["staff"], [])
    acme.delete_person("ann")
    usage.mark("acme", ["ann"])
    assert table.partition("USED#acme") == []


def test_a_use_that_a_busy_table_rejects_is_recorded_next_time(acme, monkeypatch):
    enrol(acme, "ann", ["staff"], [])
    tomorrow = usage.today() + timedelta(days=1)
    monkeypatch.setattr(usage, "today", lambda: tomorrow)

    def busy(operation, _parameters, call):
        if operation == "UpdateItem":
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)
        return call()

    with watched(busy):
        usage.mark("acme", ["ann"])
    usage.mark("acme", ["ann"])
    assert table.partition("USED#acme")[0]["last_use"]["S"] == tomorrow.isoformat()


# what containers and packers remember


def test_a_container_forgets_the_deleted_when_it_reloads_the_group(acme):
    enrol(acme, "ann", ["staff"], [1])
    enrol(acme, "ben", ["staff"], [2])
    probe = embeddings(1)
    view("acme", "staff").search(probe, model=MODEL)
    assert container_cache().peek(("person", "acme", "ann"))
    pack("acme")
    view("acme", "staff").search(probe, model=MODEL)
    former = {key for key in container_cache()._entries if key[0] in ("table", "faces", "layout")}
    assert not container_cache().peek(("person", "acme", "ann")) and former
    acme.delete_person("ann")
    pack("acme")
    view("acme", "staff").search(probe, model=MODEL)
    assert not former.intersection(container_cache()._entries)


def test_a_container_forgets_the_deleted_before_the_packer_runs(acme):
    enrol(acme, "ann", ["staff"], [1])
    view("acme", "staff")
    acme.delete_person("ann")
    view("acme", "staff")
    assert not container_cache().peek(("person", "acme", "ann"))


def test_the_last_filled_persons_id_is_removed_once_the_index_is_complete(acme, monkeypatch):
    monkeypatch.setenv("VISAGE_VECTORS_FROM", "0")
    settings.cache_clear()
    enrol(acme, "ann", ["staff"], [1])
    pack("acme")
    enrol(acme, "ben", ["staff"], [2])
    pack("acme")
    assert not any("filled" in row for row in table.partition("INDEX#acme"))
