"""A drop whose function dies at any call, or whose event is repeated or late, ends like a successful one."""

import io
import random

import numpy as np
import pytest
from PIL import Image

from tests.support.drops import drop, keys, result
from tests.support.interleaving import Interleaving, Kill, Killed, watched
from visage import aws
from visage.api.intake import drops_of, take
from visage.gallery import enrol
from visage.gallery.persons.images import FaceImages, image_key
from visage.gallery.persons.store import Library
from visage.settings import settings

CALLS = 22
"""AWS calls of one drop at most, and some more."""
KEY = "acme/enrol/staff/ann/1.png"

pytestmark = pytest.mark.usefixtures("deployment", "plain_faces")


@pytest.fixture
def plain_faces(monkeypatch):
    """Treats images of one colour as faces, and each colour as a different person."""
    monkeypatch.setattr(enrol, "version", lambda: "plain")
    monkeypatch.setattr(enrol, "usable_face", lambda _pixels, covered: None)
    monkeypatch.setattr(enrol, "search_thresholds", lambda *_group: {"0.0001": 90.0})
    monkeypatch.setattr(enrol, "embed", lambda pixels, _face: np.eye(128, dtype=np.float32)[pixels[0, 0, 0]])


@pytest.fixture
def queue(monkeypatch):
    url = aws.client("sqs").create_queue(QueueName="scans")["QueueUrl"]
    monkeypatch.setenv("VISAGE_SCAN_QUEUE", url)
    settings.cache_clear()
    return url


def photo(number):
    out = io.BytesIO()
    Image.new("RGB", (20, 20), (number, 0, 0)).save(out, "PNG")
    return out.getvalue()


def run(event):
    return [take(each) for each in drops_of(event)]


def killed(event, number, *, after):
    """Process an event's drops until the call with this number; return whether it died there."""
    try:
        with watched(Kill(number, after=after)):
            run(event)
    except Killed:
        return True
    return False


def check(*faces):
    """Assert that Ann has these faces, each with its image, and only the result is left of the drop."""
    person = Library("acme").person("ann")
    assert sorted(int(face.embedding.argmax()) for face in person.faces.values()) == sorted(faces)
    kept = {image_key("acme", person.born, face_id) for face_id in person.faces}
    assert set(FaceImages()._objects(["acme/"])) == kept
    assert (person.groups, Library("acme").groups()) == ({"staff"}, ["staff"])
    assert keys("acme/enrol/") == []


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
@pytest.mark.parametrize("number", range(CALLS))
@pytest.mark.parametrize("present", [False, True], ids=["nobody there", "a person there"])
def test_an_enrolment_that_died_anywhere_and_comes_again_ends_as_if_it_had_not(number, after, present):
    if present:
        Library("acme").add_person("ann", ["staff"])
    sent = drop(KEY, photo(1))
    died = killed(sent, number, after=after)
    assert run(sent) in ([["ENROLLED"], ["KNOWN"]] if died else [["KNOWN"]])
    check(1)
    (face_id,) = Library("acme").person("ann").faces
    assert result(KEY)["data"]["faceImageItems"] == [{"success": True, "faceId": int(face_id)}]


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("key", ["acme/uploads/1.png", "acme/enrol/staff/a b/1.png", "acme/scan/mood/1.png"])
def test_a_refusal_that_died_anywhere_and_comes_again_ends_as_if_it_had_not(number, after, key):
    sent = drop(key, b"no image")
    killed(sent, number, after=after)
    run(sent)
    assert keys() == [f"acme/results/{key.removeprefix('acme/')}.json"]
    assert result(key)["code"] in (400, 590)


@pytest.mark.parametrize("after", [False, True], ids=["before a call", "after a call"])
@pytest.mark.parametrize("number", range(4))
def test_a_scan_that_died_anywhere_and_comes_again_is_queued(queue, number, after):
    sent = drop("acme/scan/sface-n/staff/1.png", photo(1))
    killed(sent, number, after=after)
    assert run(sent) == ["QUEUED"]
    messages = aws.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert 1 <= len(messages) <= 2 and keys() == ["acme/scan/sface-n/staff/1.png"]


def test_a_drop_makes_no_more_calls_than_are_killed_above():
    made = []
    with watched(lambda operation, _parameters, call: made.append(operation) or call()):
        run(drop(KEY, photo(1)))
    assert len(made) < CALLS, made


@pytest.mark.parametrize("seed", range(12))
def test_events_that_come_twice_and_in_any_order_at_once_end_the_same(seed):
    choose = random.Random(seed)
    sent = [drop(f"acme/enrol/staff/ann/{number}.png", photo(number)) for number in (1, 2)]
    events = [*sent, *sent]
    choose.shuffle(events)
    outcomes = Interleaving(choose.randrange).run([lambda event=event: run(event) for event in events])
    assert all(outcome in (["ENROLLED"], ["KNOWN"], ["GONE"]) for outcome in outcomes), outcomes
    check(1, 2)
    person = Library("acme").person("ann")
    for number in (1, 2):
        (item,) = result(f"acme/enrol/staff/ann/{number}.png")["data"]["faceImageItems"]
        assert person.faces[str(item["faceId"])].embedding.argmax() == number


@pytest.mark.parametrize("seed", range(12))
def test_an_object_that_is_overwritten_while_it_is_taken_is_not_lost(seed):
    """Whatever happened to the first object, the second is enrolled, and the result is the second's."""
    choose = random.Random(seed)
    first, second = drop(KEY, photo(1)), []

    def overwrite():
        second.append(drop(KEY, photo(2)))
        return run(second[0])

    outcomes = Interleaving(choose.randrange).run([lambda: run(first), overwrite])
    assert outcomes[1] == ["ENROLLED"] and outcomes[0] in (["ENROLLED"], ["GONE"], ["KNOWN"])
    check(*([1, 2] if outcomes[0] == ["ENROLLED"] else [2]))
    written = result(KEY)
    assert written["sequencer"] == second[0]["Records"][0]["s3"]["object"]["sequencer"]


def test_an_object_that_is_overwritten_just_before_its_removal_stays():
    first, second = drop(KEY, photo(1)), []

    def overwrite(operation, _parameters, call):
        if operation == "DeleteObject" and not second:
            second.append(None)  # the write below is watched as well
            second[0] = drop(KEY, photo(2))
        return call()

    with watched(overwrite):
        assert run(first) == ["ENROLLED"]
    assert keys("acme/enrol/") == [KEY]
    assert run(second[0]) == ["ENROLLED"]
    check(1, 2)


def test_who_is_deleted_before_a_drop_comes_again_stays_deleted():
    def die_before_the_removal(operation, _parameters, call):
        if operation == "DeleteObject":
            raise Killed
        return call()

    sent = drop(KEY, photo(1))
    with pytest.raises(Killed), watched(die_before_the_removal):
        run(sent)
    assert keys("acme/enrol/") == [KEY]
    Library("acme").delete_person("ann")
    assert run(sent) == ["KNOWN"]
    assert Library("acme").persons(["ann"]) == {} and keys("acme/enrol/") == []
