"""Limits on a client's input apply before anything recurses over it or repeats it."""

import json
from importlib import import_module

import pytest

from tests.support.events import green_event
from visage.api.dialects.green import DEEPEST
from visage.api.scans.scan import TASK_BYTES

pytestmark = pytest.mark.usefixtures("queues")

LONG = "x" * 3_600_000
NEVER = "The request body is not well formatted. It is nested more than 16 levels deep."


def nested(depth: int, inner: object = 1) -> object:
    value = inner
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


@pytest.mark.parametrize("function", ["scan_image", "scan_image_async", "add_person", "detect_face"])
@pytest.mark.parametrize("depth", [DEEPEST, 600, 990, 5000])
def test_deeply_nested_input_is_refused_in_one_sentence(call, function, depth):
    if depth > 900:  # deeper than json writes
        text = '{"tasks":' + "[" * depth + "]" * depth + "}"
        code, message = call(function, _text=text)
    else:
        code, message = call(function, scenes=["sface-1"], tasks=[{"url": "a", "extras": nested(depth)}])
    assert code == 400
    assert message in (NEVER, "The request body is not well formatted. It is nested too deeply.")


def test_moderately_nested_extras_are_repeated(call):
    extras = {"mine": nested(DEEPEST - 4), "faceUrl": "a"}
    (entry,) = call("scan_image", scenes=["sface-1"], tasks=[{"url": "a", "extras": extras}])
    assert (entry["code"], entry["extras"]) == (400, extras)


@pytest.mark.parametrize("function", ["detect_face", "add_faces", "create_liveness_session"])
@pytest.mark.parametrize("name", [LONG, [LONG], {"a": LONG}])
def test_a_refused_field_name_is_not_repeated(client, function, name):
    answer = sent(client, function, {"dataId": name, "personId": "obama", "url": "a", "urls": ["a"]})
    assert len(answer) < 1000


@pytest.mark.parametrize("function", ["scan_image", "scan_image_async", "search_person"])
@pytest.mark.parametrize("field", ["dataId", "url", "extras"])
@pytest.mark.parametrize("value", [LONG, [LONG], {"groupId": "office", "note": LONG}])
def test_a_refused_task_is_not_repeated(client, function, field, value):
    scene = "sface-n" if function == "search_person" else "sface-1"
    task = {"dataId": "a", "url": "a", "extras": {"faceUrl": "a"}, field: value}
    answer = sent(client, function, {"scenes": [scene], "tasks": [task]})
    (entry,) = json.loads(answer)["data"]
    assert len(answer) < 1000 and (entry["code"] == 400 or function == "scan_image_async")
    assert {**entry, field: None} == {**entry, **{name: task[name] for name in task if name != field}, field: None}


def test_the_size_limit_of_extras_is_in_the_message(call):
    extras = {"faceUrl": "base64://" + "A" * 50_000, "note": ""}
    room = TASK_BYTES - len(json.dumps({**extras, "faceUrl": "base64://"}))
    for more, code in ((0, 200), (1, 400)):
        task = {"url": "a", "extras": {**extras, "note": "x" * (room + more)}}
        (entry,) = call("scan_image_async", scenes=["sface-1"], tasks=[task])
        assert entry["code"] == code, entry["msg"]
    assert entry["msg"] == "extras must have at most 32768 bytes besides images in them."


def sent(client, function: str, body: object) -> str:
    return import_module(f"{function}.app").handler(green_event(client, "/green/sface", body), None)["body"]
