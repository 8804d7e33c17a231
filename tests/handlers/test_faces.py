"""The operations on faces, in process, with the real models."""

import base64
import calendar
import json
import time
from importlib import import_module
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from PIL import ImageFilter

from tests.conftest import ROOT
from tests.handlers.photos import (
    AGAIN,
    BIDEN,
    NOBODY,
    OBAMA,
    add,
    beside,
    in_mask,
    in_sunglasses,
    padded,
    portrait,
    search,
    value,
)
from tests.support.make_events import CLIENT, SIGNED_AT
from visage.access.clients import clients
from visage.api.security import admission
from visage.errors import Reason, VisageError
from visage.gallery import enrol as enrolment
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.media import sources
from visage.settings import settings

OPERATIONS = ("add_faces", "get_faces", "delete_faces", "search_person", "scan_image")

pytestmark = pytest.mark.usefixtures("deployment")


# --- the events -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("event", [*OPERATIONS, "scan_image.compare", "scan_image.liveness"])
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
    assert type(item["faceId"]) is int and 10**15 <= item["faceId"] < 2**53
    assert list(library.person("biden").faces) == [str(item["faceId"])]


def test_a_bad_image_does_not_affect_others(call):
    items = add(call, "obama", NOBODY, OBAMA, "oss://elsewhere:a.jpg", AGAIN, "base64://bm8gaW1hZ2U=")
    assert [item["success"] for item in items] == [False, True, False, True, False]
    assert items[1]["faceId"] != items[3]["faceId"]


def test_each_reason_to_refuse_an_image_is_reported(call):
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


@pytest.mark.parametrize(("picture", "told"), [(in_sunglasses, "Sunglasses"), (in_mask, "mask")])
def test_a_covered_face_is_enrolled_only_where_the_deployment_accepts_it_but_always_found(
    call, library, monkeypatch, picture, told
):
    url = value(picture())
    (item,) = add(call, "obama", url)
    assert (item["success"], item["code"]) == (False, 400)
    assert item["msg"].startswith("A part of the face is covered.") and told in item["msg"]
    assert not library.person("obama").faces

    add(call, "obama", OBAMA)
    assert search(call, url) == [["obama"]]

    monkeypatch.setenv("VISAGE_ENROL_COVERED", "accept")
    settings.cache_clear()
    assert add(call, "obama", url)[0]["success"] is True


def test_a_much_smaller_bystander_is_ignored(call):
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
    """A concurrent call adds it between this call's check and its write."""
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


def test_images_beyond_the_time_limit_are_left_for_another_call(call, monkeypatch):
    monkeypatch.setattr(import_module("add_faces.app"), "SECONDS", 0)
    (item,) = add(call, "obama", OBAMA)
    assert (item["success"], item["code"]) == (False, 581)


def test_an_image_is_enrolled_while_a_later_one_is_still_fetched(call, library, monkeypatch):
    load, patience = sources.load, time.monotonic() + 5

    def load_late(address, *limits):
        while address == AGAIN and not library.person("obama").faces:
            if time.monotonic() > patience:
                raise VisageError(Reason.IMAGE_TIMEOUT)
            time.sleep(0.01)
        return load(address, *limits)

    monkeypatch.setattr(sources, "load", load_late)
    items = add(call, "obama", NOBODY, OBAMA, AGAIN)
    assert [item["success"] for item in items] == [False, True, True]


def test_an_unknown_person_gets_no_faces(call):
    assert call("add_faces", personId="nobody", urls=[OBAMA]) == (400, "The person is not exist!")


@pytest.mark.parametrize(
    "body",
    [
        {"personId": "obama"},
        {"personId": "obama", "urls": []},
        {"personId": "obama", "urls": "http://a"},
        {"personId": "obama", "urls": [OBAMA] * 21},
        {"personId": "obama", "urls": [OBAMA], "dataId": "a" * 129},
        {"urls": [OBAMA]},
    ],
)
def test_invalid_requests_are_refused(call, body):
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


def test_persons_of_other_groups_do_not_conflict(call, library):
    add(call, "obama", OBAMA)
    library.leave("biden", ["office"])
    assert "conflicts" not in add(call, "biden", AGAIN)[0]


def test_a_persons_own_faces_do_not_conflict(call):
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


def test_a_link_leads_to_the_image_that_was_sent(call, client, library):
    (item,) = add(call, "obama", OBAMA)
    (shown,) = call("get_faces", personId="obama")["faceImageItems"]
    link = urlsplit(shown.pop("url"))
    assert shown == {"success": True, "faceId": item["faceId"]}
    key = image_key(client.id, library.person("obama").born, str(item["faceId"]))
    assert link.path == f"/{key}" and "X-Amz-Signature" in link.query
    assert FaceImages().read(key) == base64.b64decode(OBAMA.removeprefix("base64://"))


def test_a_kept_image_loses_its_metadata_and_keeps_its_pixels(call, client, library):
    photo = base64.b64decode(OBAMA.removeprefix("base64://"))
    where = b"48.8584N 2.2945E"
    exif, film = b"Exif\0\0II*\0\x08\0\0\0\0\0" + where, b"ftypmp42" + where
    sent = photo[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + photo[2:] + film
    (item,) = add(call, "obama", "base64://" + base64.b64encode(sent).decode())
    assert FaceImages().read(image_key(client.id, library.person("obama").born, str(item["faceId"]))) == photo


def test_a_deployment_that_keeps_no_images_stores_none(call, client, library, monkeypatch):
    monkeypatch.setenv("VISAGE_KEEP_IMAGES", "false")
    settings.cache_clear()
    (item,) = add(call, "obama", OBAMA)
    assert call("get_faces", personId="obama")["faceImageItems"] == [{"success": True, "faceId": item["faceId"]}]
    assert not list(FaceImages()._objects([f"{client.id}/"]))


def test_some_faces_are_returned_and_unknown_ones_are_reported(call):
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


def test_unknown_faces_are_ignored_and_unknown_persons_refused(call):
    assert call("delete_faces", personId="obama", faceIds=["77"])["deleteCount"] == 0
    assert call("delete_faces", personId="nobody", faceIds=["77"]) == (500, "The person is not exist!")
    assert call("delete_faces", personId="obama")[0] == 400


def test_a_removed_image_is_added_again_under_another_id(call):
    (first,) = add(call, "obama", OBAMA)
    call("delete_faces", personId="obama", faceIds=[first["faceId"]])
    (again,) = add(call, "obama", OBAMA)
    assert again["success"] is True and again["faceId"] != first["faceId"]


# --- permissions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("function", "action"),
    zip(OPERATIONS, ["AddFaces", "GetFaces", "DeleteFaces", "SearchPerson", "ImageSyncScan"], strict=True),
)
def test_an_operation_needs_its_own_permission(call, function, action):
    allowed, others = clients().create("one", allow=(action,)), clients().create("none", allow=("GetGroups",))
    assert call(function, others) == (596, "No permission to access our service.")
    assert call(function, allowed) != (596, "No permission to access our service.")
