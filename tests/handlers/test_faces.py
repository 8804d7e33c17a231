"""The operations on faces and the searches, in process, with the real models."""

import base64
import calendar
import io
import json
import time
from importlib import import_module
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image, ImageFilter

from demo.portraits import portraits
from tests.conftest import ROOT
from tests.events import green_event
from tests.make_events import CLIENT, SIGNED_AT
from visage.access.clients import clients
from visage.api import admission, scan
from visage.errors import Reason, VisageError
from visage.gallery import enrol as enrolment
from visage.gallery.images import FaceImages, image_key
from visage.gallery.store import Library
from visage.media import sources
from visage.settings import settings

OPERATIONS = ("add_faces", "get_faces", "delete_faces", "search_person", "scan_image")

pytestmark = pytest.mark.usefixtures("deployment")


def portrait(name, side=400):
    """A portrait at about this size."""
    image = Image.open(portraits() / name).convert("RGB")
    image.thumbnail((side, side))
    return image


def value(image, quality=90):
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return "base64://" + base64.b64encode(out.getvalue()).decode()


def beside(*images):
    """The images next to each other."""
    sheet = Image.new("RGB", (sum(image.width for image in images), max(image.height for image in images)), "grey")
    left = 0
    for image in images:
        sheet.paste(image, (left, 0))
        left += image.width
    return sheet


def padded(image, side):
    """The image in the middle of a grey square."""
    sheet = Image.new("RGB", (side, side), "grey")
    sheet.paste(image, ((side - image.width) // 2, (side - image.height) // 2))
    return sheet


OBAMA, AGAIN, BIDEN = (value(portrait(name)) for name in ("obama.jpg", "obama2.jpg", "biden.jpg"))
NOBODY = value(Image.linear_gradient("L").convert("RGB"))


@pytest.fixture
def client():
    return clients().create("tests")


@pytest.fixture
def library(client):
    library = Library(client.id)
    library.add_person("obama", ["office"], "Obama", "44th")
    library.add_person("biden", ["office", "party"], "Biden")
    return library


@pytest.fixture
def call(client, library):
    """Calls an operation; its data, or Green's number and sentence where it was refused."""

    def call(function, _client=client, **body):
        response = import_module(f"{function}.app").handler(green_event(_client, "/green/sface", body), None)
        answer = json.loads(response["body"])
        return answer["data"] if answer["code"] == 200 else (answer["code"], answer["msg"])

    return call


def add(call, person, *urls, **body):
    """The items of some images."""
    return call("add_faces", personId=person, urls=list(urls), **body)["faceImageItems"]


def search(call, url, group="office", **body):
    """What is found in one image, by the persons' ids, the best first."""
    (entry,) = call("search_person", url=url, groupId=group, **body)
    (result,) = entry["results"]
    return [[person["personId"] for person in face["persons"]] for face in result["topPersonData"]]


# --- the events -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [*OPERATIONS, "scan_image.compare"])
def test_every_operation_answers_its_event(event, monkeypatch):
    signed_at = calendar.timegm(time.strptime(SIGNED_AT, "%Y-%m-%dT%H:%M:%SZ"))
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: signed_at))
    clients()._write(CLIENT)
    Library(CLIENT.id).add_person("ann", ["staff"])
    function = event.partition(".")[0]
    body = json.loads((ROOT / "events" / f"{event}.json").read_text())
    response = import_module(f"{function}.app").handler(body, None)
    answer = json.loads(response["body"])
    assert response["statusCode"] == answer["code"] == 200
    entries = answer["data"] if isinstance(answer["data"], list) else [answer["data"]]
    assert [entry["code"] for entry in entries] == [200]


# --- adding -----------------------------------------------------------------------------------------------------------


def test_a_face_is_added(call, library):
    data = call("add_faces", personId="biden", urls=[BIDEN])
    (item,) = data.pop("faceImageItems")
    assert data == {"code": 200, "personId": "biden", "groupIds": ["office", "party"]}
    assert item["success"] is True and set(item) == {"success", "faceId"}
    assert type(item["faceId"]) is int and 0 < item["faceId"] < 2**53
    assert list(library.person("biden").faces) == [str(item["faceId"])]


def test_one_bad_image_fails_no_other(call):
    items = add(call, "obama", NOBODY, OBAMA, "oss://elsewhere:a.jpg", AGAIN, "base64://bm8gaW1hZ2U=")
    assert [item["success"] for item in items] == [False, True, False, True, False]
    assert items[1]["faceId"] != items[3]["faceId"]


def test_each_fault_of_an_image_is_told(call):
    face = portrait("obama.jpg")
    faults = {
        Reason.NO_FACE: NOBODY,
        Reason.SEVERAL_FACES: value(beside(face, portrait("obama2.jpg"))),
        Reason.FACE_TOO_SMALL: value(padded(portrait("obama.jpg", 60), 400)),
        Reason.FACE_BLURRED: value(face.filter(ImageFilter.GaussianBlur(6))),
        Reason.IMAGE_UNREADABLE: "base64://bm8gaW1hZ2U=",
        Reason.IMAGE_ADDRESS: "/home/me/a.jpg",
    }
    for reason, url in faults.items():
        (item,) = add(call, "obama", url)
        code, message = import_module("visage.api.errors").green_error(VisageError(reason))
        assert item["success"] is False and item["code"] == code, reason
        assert item["msg"].startswith(message) and len(item["msg"]) > len(message) or reason is Reason.NO_FACE, reason


def test_a_bystander_far_smaller_than_the_person_is_overlooked(call):
    (item,) = add(call, "obama", value(beside(portrait("obama.jpg", 500), portrait("biden.jpg", 200))))
    assert item["success"] is True


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image,
        lambda image: image.resize((image.width * 3 // 4, image.height * 3 // 4)),
        lambda image: image.crop((8, 8, image.width - 8, image.height - 8)),
    ],
)
def test_a_copy_of_an_image_is_accepted_once(call, library, change):
    (first,) = add(call, "obama", OBAMA)
    (copy,) = add(call, "obama", value(change(portrait("obama.jpg")), quality=75))
    assert copy == first
    assert len(library.person("obama").faces) == 1


def test_another_photo_of_the_person_is_another_face(call, library):
    add(call, "obama", OBAMA, AGAIN)
    assert len(library.person("obama").faces) == 2


def test_the_same_request_adds_nothing_twice(call, library):
    first = add(call, "obama", OBAMA, AGAIN, dataId="upload-1")
    assert add(call, "obama", OBAMA, AGAIN, dataId="upload-1") == first
    assert [face.origin for face in library.person("obama").faces.values()] == ["upload-1#0", "upload-1#1"]


def test_an_image_that_two_calls_add_at_once_is_one_face_with_one_image(call, client, library, monkeypatch):
    """The other call has added it between the check of this one and its writing."""
    whom = library.person("obama")
    (first,) = add(call, "obama", OBAMA)
    library.set_person("obama", note="changed")
    monkeypatch.setattr(Library, "person", lambda _library, _id: whom)
    (second,) = add(call, "obama", value(portrait("obama.jpg"), quality=80))
    assert second == first
    images = list(FaceImages()._objects([f"{client.id}/"]))
    assert images == [image_key(client.id, whom.born, str(first["faceId"]))]


def test_a_twenty_first_face_is_refused(call, library, monkeypatch):
    monkeypatch.setattr(enrolment, "FACES", 1)
    first, second = add(call, "obama", OBAMA, AGAIN)
    assert first["success"] is True
    assert (second["success"], second["code"]) == (False, 588)


def test_images_beyond_the_calls_time_are_left_to_another(call, monkeypatch):
    monkeypatch.setattr(import_module("add_faces.app"), "SECONDS", 0)
    (item,) = add(call, "obama", OBAMA)
    assert (item["success"], item["code"]) == (False, 581)


def test_nobody_has_no_faces_to_add(call):
    assert call("add_faces", personId="nobody", urls=[OBAMA]) == (400, "The person is not exist!")


@pytest.mark.parametrize(
    "body",
    [
        {"personId": "obama"},
        {"personId": "obama", "urls": []},
        {"personId": "obama", "urls": "http://a"},
        {"personId": "obama", "urls": [OBAMA] * 21},
        {"personId": "obama", "urls": [OBAMA], "dataId": "a b"},
        {"urls": [OBAMA]},
    ],
)
def test_what_is_no_request_is_refused(call, body):
    assert call("add_faces", **body)[0] == 400


# --- conflicts --------------------------------------------------------------------------------------------------------


def test_a_face_like_another_persons_is_added_and_reported(call):
    (known,) = add(call, "obama", OBAMA)
    (item,) = add(call, "biden", AGAIN)
    (conflict,) = item["conflicts"]
    assert item["success"] is True
    assert conflict.pop("rate") > 90
    assert conflict == {"groupId": "office", "personId": "obama", "faceId": str(known["faceId"])}


def test_a_face_like_another_persons_is_refused_by_a_strict_deployment(call, library, monkeypatch):
    add(call, "obama", OBAMA)
    monkeypatch.setenv("VISAGE_STRICT_ENROLMENT", "true")
    settings.cache_clear()
    (item,) = add(call, "biden", AGAIN)
    assert (item["success"], item["code"]) == (False, 400) and "obama" in item["msg"]
    assert not library.person("biden").faces


def test_persons_of_other_groups_are_no_conflict(call, library):
    add(call, "obama", OBAMA)
    library.leave("biden", ["office"])
    assert "conflicts" not in add(call, "biden", AGAIN)[0]


def test_a_persons_own_faces_are_no_conflict(call):
    add(call, "obama", OBAMA)
    assert "conflicts" not in add(call, "obama", AGAIN)[0]


# --- models -----------------------------------------------------------------------------------------------------------


def test_faces_of_another_model_are_an_error_of_the_whole_call(call, monkeypatch):
    add(call, "obama", OBAMA)
    for module in ("enrol", "identify"):
        monkeypatch.setattr(f"visage.gallery.{module}.version", lambda: "another")
    assert call("add_faces", personId="obama", urls=[AGAIN])[0] == 586
    assert call("add_faces", personId="biden", urls=[BIDEN])[0] == 586
    (entry,) = call("search_person", url=AGAIN, groupId="office")
    assert entry["code"] == 586 and "results" not in entry


# --- images -----------------------------------------------------------------------------------------------------------


def test_kept_images_are_linked_and_the_link_is_to_what_was_sent(call, client, library):
    (item,) = add(call, "obama", OBAMA)
    (shown,) = call("get_faces", personId="obama")["faceImageItems"]
    link = urlsplit(shown.pop("url"))
    assert shown == {"success": True, "faceId": item["faceId"]}
    key = image_key(client.id, library.person("obama").born, str(item["faceId"]))
    assert link.path == f"/{key}" and "X-Amz-Signature" in link.query
    assert FaceImages().read(key) == base64.b64decode(OBAMA.removeprefix("base64://"))


def test_a_deployment_that_keeps_no_images_stores_none(call, client, library, monkeypatch):
    monkeypatch.setenv("VISAGE_KEEP_IMAGES", "false")
    settings.cache_clear()
    (item,) = add(call, "obama", OBAMA)
    assert call("get_faces", personId="obama")["faceImageItems"] == [{"success": True, "faceId": item["faceId"]}]
    assert not list(FaceImages()._objects([f"{client.id}/"]))


def test_some_faces_are_got_and_unknown_ones_are_told(call):
    first, second = add(call, "obama", OBAMA, AGAIN)
    items = call("get_faces", personId="obama", faceIds=[second["faceId"], "12345"])["faceImageItems"]
    assert [(item["success"], item["faceId"]) for item in items] == [(True, second["faceId"]), (False, 12345)]
    assert "url" not in items[1] and items[1]["msg"]
    assert call("get_faces", personId="nobody") == (400, "The person is not exist!")


# --- deleting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [int, str])
def test_faces_are_removed_with_their_images(call, client, kind):
    first, second = add(call, "obama", OBAMA, AGAIN)
    removed = call("delete_faces", personId="obama", faceIds=[kind(first["faceId"]), kind(77)])
    assert removed == {"code": 200, "personId": "obama", "faceIds": [str(first["faceId"])], "deleteCount": 1}
    assert [item["faceId"] for item in call("get_faces", personId="obama")["faceImageItems"]] == [second["faceId"]]
    assert len(list(FaceImages()._objects([f"{client.id}/"]))) == 1


def test_unknown_faces_are_no_error_and_unknown_persons_are(call):
    assert call("delete_faces", personId="obama", faceIds=["77"])["deleteCount"] == 0
    assert call("delete_faces", personId="nobody", faceIds=["77"]) == (500, "The person is not exist!")
    assert call("delete_faces", personId="obama")[0] == 400


def test_a_removed_image_is_added_again_under_another_id(call):
    (first,) = add(call, "obama", OBAMA)
    call("delete_faces", personId="obama", faceIds=[first["faceId"]])
    (again,) = add(call, "obama", OBAMA)
    assert again["success"] is True and again["faceId"] != first["faceId"]


# --- searching --------------------------------------------------------------------------------------------------------


def test_a_person_is_found_with_name_and_note(call):
    (face,) = add(call, "obama", OBAMA)
    add(call, "biden", BIDEN)
    (entry,) = call("search_person", url=AGAIN, groupId="office", dataId="door-1")
    assert (entry["code"], entry["msg"], entry["dataId"], entry["url"]) == (200, "OK", "door-1", "base64://")
    (result,) = entry["results"]
    (found,) = result["topPersonData"]
    best, other = found["persons"]
    assert (result["scene"], result["label"], result["suggestion"]) == ("sface-n", "found", "review")
    assert result["rate"] == best["rate"] > result["thresholds"]["0.0001"] > other["rate"] >= 0
    assert best == {
        "faceId": str(face["faceId"]),
        "personId": "obama",
        "rate": best["rate"],
        "name": "Obama",
        "note": "44th",
    }
    assert set(result["thresholds"]) == {"0.01", "0.001", "0.0001"}
    assert all(type(number) is int for number in found["faceItem"].values())
    assert set(found["faceItem"]) == {"x", "y", "width", "height"}


def test_what_was_added_is_found_and_what_was_removed_is_not_by_the_very_next_search(call, library):
    assert search(call, AGAIN) == [[]]
    (item,) = add(call, "obama", OBAMA)
    assert search(call, AGAIN) == [["obama"]]
    call("delete_faces", personId="obama", faceIds=[item["faceId"]])
    assert search(call, AGAIN) == [[]]
    add(call, "obama", OBAMA)
    library.leave("obama", ["office"])
    assert search(call, AGAIN) == [[]]


def test_a_stranger_is_none(call):
    add(call, "biden", BIDEN)
    (entry,) = call("search_person", url=OBAMA, groupId="party")
    (result,) = entry["results"]
    assert (result["label"], result["suggestion"]) == ("none", "pass")
    assert [person["personId"] for person in result["topPersonData"][0]["persons"]] == ["biden"]


def test_nobody_in_the_image_is_none(call):
    (entry,) = call("search_person", url=NOBODY, groupId="party")
    (result,) = entry["results"]
    assert (result["label"], result["rate"], result["topPersonData"]) == ("none", 0, [])


def test_the_largest_faces_come_first_and_two_unless_said_otherwise(call):
    add(call, "obama", OBAMA)
    add(call, "biden", BIDEN)
    photo = value(beside(portrait("biden.jpg", 300), portrait("obama2.jpg", 500), portrait("biden.jpg", 240)))
    assert [found[0] for found in search(call, photo)] == ["obama", "biden"]
    assert [found[0] for found in search(call, photo, maxFaces=1)] == ["obama"]
    assert [found[0] for found in search(call, photo, maxFaces=3)] == ["obama", "biden", "biden"]


def test_a_face_is_told_where_the_original_shows_it(call):
    small = portrait("obama.jpg", 300)
    large = small.resize((small.width * 12, small.height * 12))
    items = [
        call("search_person", url=value(image, 60), groupId="office")[0]["results"][0]["topPersonData"][0]["faceItem"]
        for image in (small, large)
    ]
    for name, pixels in items[0].items():
        assert items[1][name] == pytest.approx(12 * pixels, abs=0.05 * large.width)


def test_several_tasks_search_several_groups_and_fail_on_their_own(call):
    add(call, "obama", OBAMA)
    tasks = [
        {"dataId": "a", "url": AGAIN, "extras": {"groupId": "office"}},
        {"dataId": "b", "url": AGAIN, "extras": {"groupId": "party"}},
        {"dataId": "c", "url": AGAIN, "extras": {"groupId": "nowhere"}},
        {"dataId": "d", "url": "base64://bm8gaW1hZ2U=", "extras": {"groupId": "office"}},
        {"dataId": "e", "url": AGAIN},
        {"dataId": "f", "url": AGAIN, "extras": {"groupId": "office", "maxFaces": 11}},
        {"dataId": "g", "extras": {"groupId": "office"}},
    ]
    entries = call("scan_image", scenes=["sface-n"], tasks=tasks)
    assert [entry["code"] for entry in entries] == [200, 200, 404, 590, 400, 400, 400]
    assert [entry["dataId"] for entry in entries] == list("abcdefg")
    assert [entry["results"][0]["label"] for entry in entries[:2]] == ["found", "none"]
    assert entries[0]["extras"] == {"groupId": "office"} and "results" not in entries[2]
    assert len({entry["taskId"] for entry in entries}) == len(tasks)


def test_tasks_are_told_as_they_were_sent_without_the_images_in_them(call):
    extras = {"faceUrl": "oss://elsewhere:a.jpg", "mine": [1, None]}
    task = {"dataId": "x.1", "url": OBAMA, "extras": extras}
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=[task])
    assert (entry["dataId"], entry["url"], entry["extras"]) == ("x.1", "base64://", extras)
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=[{"url": OBAMA, "extras": {"faceUrl": AGAIN}}])
    assert entry["extras"] == {"faceUrl": "base64://"} and "dataId" not in entry


def test_the_only_task_may_stand_for_itself(call):
    task = {"dataId": "door", "url": OBAMA, "extras": {"faceUrl": AGAIN}}
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=task)
    assert (entry["code"], entry["dataId"]) == (200, "door")


def test_tasks_may_be_an_object(call):
    entries = call("scan_image", scenes=["sface-n"], tasks={"0": {"url": AGAIN, "extras": {"groupId": "office"}}})
    assert [entry["code"] for entry in entries] == [200]


def test_a_search_takes_the_shape_of_a_scan_and_several_urls(call):
    add(call, "obama", OBAMA)
    task = {"url": AGAIN, "extras": {"groupId": "office"}}
    assert [entry["code"] for entry in call("search_person", scenes=["sface-n"], tasks=[task])] == [200]
    assert [entry["code"] for entry in call("search_person", groupId="office", urls=[AGAIN, NOBODY])] == [200, 200]


@pytest.mark.parametrize(
    "body",
    [
        {"scenes": ["sface-n"]},
        {"scenes": ["sface-n"], "tasks": []},
        {"scenes": ["sface-n"], "tasks": [1]},
        {"scenes": ["sface-n"], "tasks": [{}] * 101},
        {"scenes": "sface-n", "tasks": [{}]},
        {"scenes": [], "tasks": [{}]},
        {"tasks": [{}]},
    ],
)
def test_what_is_no_scan_is_refused(call, body):
    assert call("scan_image", **body)[0] == 400


def test_an_unknown_scene_is_told_which_there_are(call):
    code, message = call("scan_image", scenes=["porn"], tasks=[{"url": OBAMA}])
    assert code == 400 and "sface-n" in message and "sface-1" in message


def test_tasks_that_have_not_begun_in_time_are_told_so(call, monkeypatch):
    monkeypatch.setattr(scan, "SECONDS", 0)
    (entry,) = call("scan_image", scenes=["sface-n"], tasks=[{"url": OBAMA, "extras": {"groupId": "office"}}])
    assert entry["code"] == 581


def test_an_image_of_several_tasks_is_fetched_once(call, monkeypatch):
    fetched, load = [], sources.load
    monkeypatch.setattr(sources, "load", lambda url, limits: fetched.append(url) or load(url, limits))
    tasks = [{"url": OBAMA, "extras": {"groupId": group}} for group in ("office", "party", "office")]
    assert [entry["code"] for entry in call("scan_image", scenes=["sface-n"], tasks=tasks)] == [200] * 3
    assert fetched == [OBAMA]


# --- comparing --------------------------------------------------------------------------------------------------------


def compare(call, first, second, **extras):
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=[{"url": first, "extras": {"faceUrl": second, **extras}}])
    return entry


def test_the_same_person_and_two_people(call):
    (same,) = compare(call, OBAMA, AGAIN)["results"]
    (different,) = compare(call, OBAMA, BIDEN)["results"]
    assert (same["label"], same["suggestion"]) == ("same", "pass")
    assert (different["label"], different["suggestion"]) == ("different", "review")
    assert same["rate"] > same["thresholds"]["0.0001"] and different["rate"] < different["thresholds"]["0.01"]


def test_one_face_an_image_unless_the_largest_is_asked_for(call):
    two = value(beside(portrait("biden.jpg", 600), portrait("obama2.jpg", 400)))
    code, message = import_module("visage.api.errors").green_error(VisageError(Reason.SEVERAL_FACES))
    refused = compare(call, OBAMA, two)
    assert refused["code"] == code and refused["msg"].startswith(message)
    assert compare(call, OBAMA, two, useLargest=True)["code"] == 200
    assert compare(call, OBAMA, NOBODY)["msg"] == "No face detected from given images."


@pytest.mark.parametrize("extras", [{}, {"faceUrl": ""}, {"faceUrl": AGAIN, "useLargest": "perhaps"}])
def test_a_comparison_that_lacks_its_second_image_is_refused(call, extras):
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=[{"url": OBAMA, "extras": extras}])
    assert entry["code"] == 400 and "results" not in entry


def test_two_scenes_of_one_task(call):
    task = {"url": OBAMA, "extras": {"groupId": "office", "faceUrl": AGAIN}}
    (entry,) = call("scan_image", scenes=["sface-1", "sface-n"], tasks=[task])
    assert [result["scene"] for result in entry["results"]] == ["sface-1", "sface-n"]


# --- permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "action"), zip(OPERATIONS, ["AddFaces", "GetFaces", "DeleteFaces", "SearchPerson", "ImageSyncScan"])
)
def test_an_operation_needs_its_own_permission(call, function, action):
    allowed, others = clients().create("one", allow=(action,)), clients().create("none", allow=("GetGroups",))
    assert call(function, others) == (596, "No permission to access our service.")
    assert call(function, allowed) != (596, "No permission to access our service.")
