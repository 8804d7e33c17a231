"""The handlers on events/*.json, in process, with the real models."""

import calendar
import json
import time
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from tests.support.make_events import CLIENT, SIGNED_AT
from visage.access.clients import clients
from visage.api.security import admission
from visage.faces.recognition import compare
from visage.settings import settings

EVENTS = Path(__file__).parents[2] / "events"


@pytest.fixture(autouse=True)
def when_the_events_were_signed(deployment, monkeypatch):
    signed_at = calendar.timegm(time.strptime(SIGNED_AT, "%Y-%m-%dT%H:%M:%SZ"))
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: signed_at))
    clients()._write(CLIENT)


def invoke(function: str, event: str | dict) -> dict:
    if isinstance(event, str):
        event = json.loads((EVENTS / f"{event}.json").read_text())
    return import_module(f"{function}.app").handler(event, None)


def answer(function: str, event: str | dict) -> tuple[int, dict]:
    response = invoke(function, event)
    return response["statusCode"], json.loads(response["body"])


def score_and_thresholds(body: dict) -> tuple[float, dict[str, float]]:
    thresholds = json.loads(body["Data"]["ConfidenceThresholds"])
    return body["Data"]["SimilarityScore"], {rate: float(value) for rate, value in thresholds.items()}


@pytest.mark.parametrize("function", ["compare_faces", "rpc"])
def test_the_same_person(function):
    status, body = answer(function, function)
    score, thresholds = score_and_thresholds(body)
    assert status == 200 and body["Code"] == "1"
    assert thresholds["0.0001"] < score <= 100


def test_two_people():
    _, body = answer("compare_faces", "compare_faces.two_people")
    score, thresholds = score_and_thresholds(body)
    assert 0 <= score < thresholds["0.01"]


def test_an_id_picture():
    _, body = answer("compare_faces", "compare_faces.id_picture")
    score, thresholds = score_and_thresholds(body)
    assert score > thresholds["0.001"]


def test_the_thresholds_are_close_to_the_contracts():
    _, body = answer("compare_faces", "compare_faces")
    _, thresholds = score_and_thresholds(body)
    assert thresholds == pytest.approx({"0.01": 70, "0.001": 80, "0.0001": 90}, abs=7)


def test_in_xml():
    response = invoke("compare_faces", "compare_faces.xml")
    root = ElementTree.fromstring(response["body"])
    assert root.tag == "CompareFacesResponse" and float(root.findtext("Data/SimilarityScore")) < 70


def test_no_face_names_the_image():
    status, body = answer("compare_faces", "compare_faces.no_face")
    assert (status, body["Code"]) == (400, "Error.NoFaceDetected")
    assert "target" in body["Detail"] and body["Message"].endswith(body["Detail"])


def test_a_local_path():
    status, body = answer("compare_faces", "compare_faces.local_path")
    assert (status, body["Code"]) == (400, "InvalidParam.ImageValuePatternError")


def test_an_unknown_action_at_the_front_door():
    assert answer("rpc", "rpc.unknown_action")[1]["Code"] == "InvalidAction.NotFound"


def test_the_front_door_answers_an_unreadable_form():
    event = json.loads((EVENTS / "rpc.json").read_text())
    event["multiValueQueryStringParameters"] = event["queryStringParameters"] = None
    event["body"] = "%ff"
    assert answer("rpc", event)[1]["Code"] == "InvalidParameter"


def test_a_failure_of_the_comparison_has_its_own_code_and_the_next_request_works(monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(compare, "detect_largest", lambda _image: 1 / 0)
        status, body = answer("compare_faces", "compare_faces")
        assert (status, body["Code"]) == (500, "Error.CompareFacesError")
        assert "ZeroDivision" not in json.dumps(body)
    assert answer("compare_faces", "compare_faces")[0] == 200


def test_the_success_code_of_newer_clients(monkeypatch):
    monkeypatch.setenv("VISAGE_SUCCESS_CODE", "200")
    settings.cache_clear()
    assert answer("compare_faces", "compare_faces")[1]["Code"] == "200"
