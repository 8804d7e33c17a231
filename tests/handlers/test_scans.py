"""Searches and comparisons, in process, with the real models."""

import threading
from importlib import import_module

import pytest

from tests.handlers.photos import AGAIN, BIDEN, NOBODY, OBAMA, add, beside, portrait, search, value
from visage.api.scans import scan
from visage.errors import Reason, VisageError
from visage.media import sources

pytestmark = pytest.mark.usefixtures("deployment")


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


def test_the_next_search_sees_added_and_removed_faces(call, library):
    assert search(call, AGAIN) == [[]]
    (item,) = add(call, "obama", OBAMA)
    assert search(call, AGAIN) == [["obama"]]
    call("delete_faces", personId="obama", faceIds=[item["faceId"]])
    assert search(call, AGAIN) == [[]]
    add(call, "obama", OBAMA)
    library.leave("obama", ["office"])
    assert search(call, AGAIN) == [[]]


def test_a_stranger_is_not_found(call):
    add(call, "biden", BIDEN)
    (entry,) = call("search_person", url=OBAMA, groupId="party")
    (result,) = entry["results"]
    assert (result["label"], result["suggestion"]) == ("none", "pass")
    assert [person["personId"] for person in result["topPersonData"][0]["persons"]] == ["biden"]


def test_an_image_without_a_face_finds_nobody(call):
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


def test_face_positions_are_those_in_the_original_image(call):
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


def test_tasks_are_repeated_as_sent_without_inline_images(call):
    extras = {"faceUrl": "oss://elsewhere:a.jpg", "mine": [1, None]}
    task = {"dataId": "x.1", "url": OBAMA, "extras": extras}
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=[task])
    assert (entry["dataId"], entry["url"], entry["extras"]) == ("x.1", "base64://", extras)
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=[{"url": OBAMA, "extras": {"faceUrl": AGAIN}}])
    assert entry["extras"] == {"faceUrl": "base64://"} and "dataId" not in entry


def test_a_single_task_need_not_be_a_list(call):
    task = {"dataId": "door", "url": OBAMA, "extras": {"faceUrl": AGAIN}}
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=task)
    assert (entry["code"], entry["dataId"]) == (200, "door")


def test_tasks_may_be_an_object(call):
    entries = call("scan_image", scenes=["sface-n"], tasks={"0": {"url": AGAIN, "extras": {"groupId": "office"}}})
    assert [entry["code"] for entry in entries] == [200]


def test_a_search_accepts_a_scans_body_and_several_urls(call):
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
def test_invalid_scans_are_refused(call, body):
    assert call("scan_image", **body)[0] == 400


def test_an_unknown_scene_is_refused_with_the_known_ones(call):
    code, message = call("scan_image", scenes=["porn"], tasks=[{"url": OBAMA}])
    assert code == 400 and "sface-n" in message and "sface-1" in message


SCENES = ["sface-n", "sface-1", "liveness"]


@pytest.mark.parametrize("scene", SCENES)
def test_tasks_not_started_in_time_are_reported(call, monkeypatch, scene):
    monkeypatch.setattr(scan, "SECONDS", 0)
    task = {"url": OBAMA, "extras": {"groupId": "office", "faceUrl": AGAIN}}
    (entry,) = call("scan_image", scenes=[scene], tasks=[task])
    assert entry["code"] == 581


@pytest.mark.parametrize("scene", SCENES)
def test_the_images_of_one_call_are_fetched_at_the_same_time(call, monkeypatch, scene):
    together = threading.Barrier(3, timeout=10)

    def load(*_arguments):
        together.wait()
        raise VisageError(Reason.IMAGE_NOT_FOUND)

    monkeypatch.setattr(sources, "load", load)
    addresses = [f"http://photos.test/{number}.jpg" for number in range(3)]
    tasks = [{"url": address, "extras": {"groupId": "office", "faceUrl": address}} for address in addresses]
    assert [entry["code"] for entry in call("scan_image", scenes=[scene], tasks=tasks)] == [480] * 3


def test_an_image_of_several_tasks_is_fetched_once(call, monkeypatch):
    fetched, load = [], sources.load
    monkeypatch.setattr(sources, "load", lambda *arguments: fetched.append(arguments[0]) or load(*arguments))
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


def test_one_face_per_image_unless_the_largest_is_requested(call):
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
