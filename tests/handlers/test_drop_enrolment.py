"""Enrolment of dropped faces, in process, with the real models."""

import time

import pytest

from cli.privacy.evidence import Evidence
from on_upload.app import handler
from tests.handlers.photos import AGAIN, NOBODY, OBAMA, beside, portrait, value
from tests.support import drops
from tests.support.drops import NAMES, content, drop, keys, result, take
from visage.erasure.persons import delete_person
from visage.gallery.index.view import view
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.media import drops as media_drops

pytestmark = pytest.mark.usefixtures("deployment")

@pytest.fixture
def library():
    return Library("acme")


@pytest.mark.parametrize("name", NAMES)
def test_a_dropped_face_is_enrolled_and_the_image_moved(library, name):
    key = f"acme/enrol/staff/ann/{name}"
    assert take(key, OBAMA) == ["ENROLLED"]
    person = library.person("ann")
    (face_id,) = person.faces
    assert (person.groups, library.groups()) == ({"staff"}, ["staff"])
    enrolled = result(key)
    assert (enrolled["code"], enrolled["object"]) == (200, key)
    assert enrolled["data"] == {
        "code": 200,
        "personId": "ann",
        "groupIds": ["staff"],
        "faceImageItems": [{"success": True, "faceId": int(face_id)}],
    }
    assert keys() == [f"acme/results/enrol/staff/ann/{name}.json"]
    assert FaceImages().read(image_key("acme", person.born, face_id)) == content(OBAMA)
    face = person.faces[face_id]
    (found,) = view("acme", "staff").search(face.embedding[None], 1, model=face.model)
    assert [match.person_id for match in found] == ["ann"]


def test_an_existing_person_joins_the_group_and_keeps_name_and_groups(library):
    library.add_person("ann", ["guests"], "Ann", "Reception")
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    take("acme/enrol/guests/ann/2.jpg", AGAIN)
    person = library.person("ann")
    assert (person.name, person.note, person.groups) == ("Ann", "Reception", {"guests", "staff"})
    assert len(person.faces) == 2


def test_a_conflict_is_reported(library):
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    take("acme/enrol/staff/ben/1.jpg", AGAIN)
    (item,) = result("acme/enrol/staff/ben/1.jpg")["data"]["faceImageItems"]
    assert [conflict["personId"] for conflict in item["conflicts"]] == ["ann"]


def test_a_deleted_person_is_removed_from_results_of_similar_persons(library):
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    take("acme/enrol/staff/ben/1.jpg", AGAIN)
    delete_person("acme", "ann")
    assert keys() == []
    found = {store.name: store.found for store in Evidence("acme", "ann", {}).stores()}
    assert found["uploads and results"] == 0


def test_a_result_naming_a_person_deleted_meanwhile_is_withdrawn(library, monkeypatch):
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    answer = media_drops.answer

    def meanwhile(*arguments):
        delete_person("acme", "ann")
        answer(*arguments)

    monkeypatch.setattr(media_drops, "answer", meanwhile)
    assert take("acme/enrol/staff/ben/1.jpg", AGAIN) == ["ENROLLED"]
    assert keys() == [] and library.person("ben").faces


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (NOBODY, "NO_FACE"),
        (value(beside(portrait("obama.jpg"), portrait("obama2.jpg"))), "SEVERAL_FACES"),
        ("base64://bm8gaW1hZ2U=", "IMAGE_UNREADABLE"),
    ],
)
def test_a_refused_face_is_removed_and_no_person_is_created(library, image, reason):
    assert take("acme/enrol/staff/ann/1.jpg", image) == [reason]
    assert keys() == ["acme/results/enrol/staff/ann/1.jpg.json"]
    refused = result("acme/enrol/staff/ann/1.jpg")
    assert refused["code"] in (400, 590) and "data" not in refused
    assert library.persons(["ann"]) == {} and library.groups() == []


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("staff/张三/1.jpg", "personId"),
        ("staff/ann b/1.jpg", "personId"),
        ("staff/a#b/1.jpg", "personId"),
        ("a+b/ann/1.jpg", "groupId"),
        ("staff//1.jpg", "personId"),
        ("staff/" + "x" * 33 + "/1.jpg", "personId"),
        ("staff/1.jpg", "enrol/<groupId>/<personId>/<name>"),
        ("staff/ann/more/1.jpg", "enrol/<groupId>/<personId>/<name>"),
        ("1.jpg", "enrol/<groupId>/<personId>/<name>"),
    ],
)
def test_a_key_without_a_person_is_refused(library, path, named):
    assert take(f"acme/enrol/{path}", OBAMA) == ["FIELD_INVALID"]
    assert keys() == [f"acme/results/enrol/{path}.json"]
    assert named in result(f"acme/enrol/{path}")["msg"]
    assert library.groups() == []


def test_a_result_with_too_long_a_key_is_stored_under_a_digest():
    key = "acme/enrol/staff/ann/" + "长" * 334
    assert len(key.encode()) == 1023
    assert take(key, OBAMA) == ["ENROLLED"]
    (place,) = keys()
    assert place.startswith("acme/results/enrol/") and len(place) == len("acme/results/enrol/.json") + 64


# --- persons who are deleted ------------------------------------------------------------------------------------------


def test_a_drop_after_the_persons_deletion_does_not_recreate_the_person(library):
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    late = drop("acme/enrol/staff/ann/2.jpg", content(AGAIN), came=time.time() - 60)
    library.delete_person("ann")
    drops.erase(keys("acme/results/"))
    assert handler(late, None) == ["PERSON_UNKNOWN"]
    assert library.persons(["ann"]) == {} and keys() == [], "nor does a result tell of her"


def test_a_person_who_is_added_again_can_be_enrolled_again(library):
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    library.delete_person("ann")
    later = drop("acme/enrol/staff/ann/1.jpg", content(OBAMA), came=time.time() + 60)
    assert handler(later, None) == ["ENROLLED"]


def test_a_result_of_a_person_deleted_meanwhile_is_withdrawn(library, monkeypatch):
    answer = media_drops.answer

    def meanwhile(*arguments):
        library.delete_person("ann")
        answer(*arguments)

    monkeypatch.setattr(media_drops, "answer", meanwhile)
    assert take("acme/enrol/staff/ann/1.jpg", OBAMA) == ["ENROLLED"]
    assert keys() == []


@pytest.mark.parametrize("path", ["staff/ann", "ann/1.jpg", "ann"])
def test_a_deletion_erases_refusals_of_wrong_keys(library, path):
    library.add_person("ann", ["staff"])
    take(f"acme/enrol/{path}", OBAMA)
    delete_person("acme", "ann")
    found = {store.name: store.found for store in Evidence("acme", "ann", {}).stores()}
    assert found["uploads and results"] == 0
