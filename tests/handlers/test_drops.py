"""Objects dropped in the upload bucket, in process, with the real models."""

import io
import json
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote_plus

import pytest

from on_upload.app import handler
from tests.conftest import ROOT
from tests.handlers.photos import AGAIN, BIDEN, NOBODY, OBAMA
from tests.support import drops
from tests.support.drops import NAMES, content, drop, event, keys, result, take
from tests.support.images import png
from visage import aws
from visage.access import trail
from visage.api import intake, operation
from visage.api.intake import IntakeError
from visage.api.scans.run_scan import run
from visage.api.scans.scenes import SCENES
from visage.gallery.persons.store import Library
from visage.jobs.types import Message
from visage.media import decode as decoding
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")

@pytest.fixture
def library():
    return Library("acme")


@pytest.fixture
def log(monkeypatch):
    """What is logged, from now on."""
    text = io.StringIO()
    monkeypatch.setattr(operation.logger.registered_handler, "stream", text)
    return text


def waiting(queues):
    """Tasks to be scanned."""
    return aws.client("sqs").receive_message(QueueUrl=queues["scan"], MaxNumberOfMessages=10).get("Messages", [])


# --- uploads ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_good_upload_stays_without_a_result(name):
    assert take(f"acme/uploads/{name}", OBAMA) == ["GOOD"]
    assert keys() == [f"acme/uploads/{name}"]


@pytest.mark.parametrize(
    ("bad", "reason", "code"),
    [
        (b"", "IMAGE_UNREADABLE", 590),
        (b"<html>", "IMAGE_UNREADABLE", 590),
        (content(OBAMA)[:2000], "IMAGE_UNREADABLE", 590),
        (b"\xff\xd8\xff" + b"\0" * 1000, "IMAGE_UNREADABLE", 590),
        (png(29_000, 29_000, 1, 0, b"\0"), "IMAGE_TOO_LARGE", 589),
    ],
    ids=["nothing", "no image", "cut off", "only its beginning", "a bomb"],
)
def test_a_bad_upload_is_removed_and_recorded(bad, reason, code):
    assert handler(drop("acme/uploads/a.jpg", bad), None) == [reason]
    assert keys() == ["acme/results/uploads/a.jpg.json"]
    recorded = result("acme/uploads/a.jpg")
    assert (recorded["code"], recorded["object"]) == (code, "acme/uploads/a.jpg")
    assert recorded["msg"] and recorded["reason"].startswith("InvalidParam.")


def test_an_oversized_object_is_removed_unread(monkeypatch):
    monkeypatch.setattr(decoding, "essence", lambda _data: pytest.fail("it was read"))
    sent = drop("acme/uploads/a.jpg", b"\xff\xd8\xff" + b"\0" * (20 * 2**20))
    assert handler(sent, None) == ["IMAGE_TOO_LARGE"]
    assert result("acme/uploads/a.jpg")["code"] == 589


def test_an_archived_object_is_removed_and_not_retried():
    place = {"Bucket": settings().upload_bucket, "Key": "acme/enrol/staff/ann/1.jpg"}
    answer = aws.client("s3").put_object(**place, Body=content(OBAMA), StorageClass="GLACIER")
    assert handler(event(place["Key"], answer["ETag"].strip('"')), None) == ["IMAGE_UNREADABLE"]
    assert keys() == ["acme/results/enrol/staff/ann/1.jpg.json"]
    assert result(place["Key"])["code"] == 590


def test_a_compressed_object_is_removed_with_a_reason():
    place = {"Bucket": settings().upload_bucket, "Key": "acme/uploads/a.jpg"}
    answer = aws.client("s3").put_object(**place, Body=content(OBAMA), ContentEncoding="gzip")
    assert handler(event(place["Key"], answer["ETag"].strip('"')), None) == ["IMAGE_UNREADABLE"]
    assert "Content-Encoding" in result(place["Key"])["msg"]


# --- scans ------------------------------------------------------------------------------------------------------------


def test_an_image_to_search_with_becomes_a_scan(queues):
    key = "acme/scan/sface-n/staff/门 1+2.jpg"
    assert take(key, OBAMA) == ["QUEUED"]
    (message,) = waiting(queues)
    assert "taskId" in message["Body"]
    assert keys() == [key], "the image stays for the scan"


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("sface-1/1.jpg", "two images"),
        ("sface-n/1.jpg", "scan/sface-n/<groupId>/<name>"),
        ("sface-n/a b/1.jpg", "groupId"),
        ("sface-n/staff/more/1.jpg", "scan/sface-n/<groupId>/<name>"),
        ("mood/1.jpg", "scan/<scene>/<name>"),
        ("1.jpg", "scan/<scene>/<name>"),
    ],
)
def test_an_invalid_scan_is_refused(queues, path, named):
    assert take(f"acme/scan/{path}", OBAMA) == ["FIELD_INVALID"]
    assert named in result(f"acme/scan/{path}")["msg"]
    assert keys() == [f"acme/results/scan/{path}.json"] and waiting(queues) == []


def test_a_duplicate_event_keeps_a_scans_image(queues):
    key = "acme/scan/liveness/1.jpg"
    sent = drop(key, content(OBAMA))
    assert handler(sent, None) == handler(sent, None) == ["QUEUED"]
    first, second = (json.loads(message["Body"])["taskId"] for message in waiting(queues))
    run(Message("acme", first, 1), SCENES)
    assert handler(sent, None) == ["KNOWN"]
    run(Message("acme", second, 1), SCENES)
    assert result(key)["code"] == 200 and key in keys()


def test_a_missing_image_leaves_no_scan_result(queues):
    sent = drop("acme/scan/liveness/1.jpg", content(OBAMA))
    drops.erase(keys())
    assert handler(sent, None) == ["GONE"]
    assert waiting(queues) == []


# --- events -----------------------------------------------------------------------------------------------------------


def test_a_duplicate_event_does_nothing(library):
    sent = drop("acme/enrol/staff/ann/1.jpg", content(OBAMA))
    assert handler(sent, None) == ["ENROLLED"]
    before = library.person("ann").stamp, result("acme/enrol/staff/ann/1.jpg")
    assert handler(sent, None) == ["KNOWN"]
    assert (library.person("ann").stamp, result("acme/enrol/staff/ann/1.jpg")) == before


def test_the_event_of_a_removed_object_does_nothing(library):
    sent = drop("acme/enrol/staff/ann/1.jpg", content(OBAMA))
    drops.erase(keys())
    assert handler(sent, None) == ["GONE"]
    assert keys() == [] and library.groups() == []


def test_an_overwritten_object_is_left_to_its_own_event(library):
    first = drop("acme/enrol/staff/ann/1.jpg", content(OBAMA))
    second = drop("acme/enrol/staff/ann/1.jpg", content(BIDEN))
    assert handler(first, None) == ["GONE"] and len(keys("acme/enrol/")) == 1
    assert handler(second, None) == ["ENROLLED"]
    assert len(library.person("ann").faces) == 1


def test_events_out_of_order_end_with_the_later_result(library):
    first = drop("acme/enrol/staff/ann/1.jpg", content(OBAMA))
    second = drop("acme/enrol/staff/ann/1.jpg", content(BIDEN))
    assert handler(second, None) == ["ENROLLED"]
    later = result("acme/enrol/staff/ann/1.jpg")
    drop("acme/enrol/staff/ann/1.jpg", content(OBAMA))  # as if it had been there all the time
    assert handler(first, None) == ["KNOWN"]
    assert result("acme/enrol/staff/ann/1.jpg") == later
    assert keys("acme/enrol/") == ["acme/enrol/staff/ann/1.jpg"], "it has an event of its own"


def test_a_later_object_of_the_same_key_replaces_the_result(library):
    take("acme/enrol/staff/ann/1.jpg", NOBODY)
    assert result("acme/enrol/staff/ann/1.jpg")["code"] == 400
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    assert result("acme/enrol/staff/ann/1.jpg")["code"] == 200


@pytest.mark.parametrize(
    "key",
    [
        "acme/results/enrol/staff/ann/1.jpg.json",
        "acme/inline/img1",
        "acme/other/1.jpg",
        "acme/enrol/staff/ann/",
        "acme/enrol",
        "enrol/staff/ann/1.jpg",
        "a b/enrol/staff/ann/1.jpg",
        "1.jpg",
    ],
)
def test_objects_outside_the_drop_folders_are_left_alone(key):
    assert take(key, OBAMA) == []
    assert keys() == [key]


def test_other_buckets_and_test_messages_are_left_alone():
    sent = drop("acme/enrol/staff/ann/1.jpg", content(OBAMA))
    sent["Records"][0]["s3"]["bucket"]["name"] = "another"
    assert handler(sent, None) == []
    assert handler({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "visage-uploads"}, None) == []


@pytest.mark.parametrize(("shorter", "longer"), [("0055", "005501"), ("00AA", "00AB0000"), ("00aa", "00AB")])
def test_sequencers_of_different_lengths_are_in_order(shorter, longer):
    key = "acme/enrol/staff/ann/1.jpg"
    etag = drop(key, content(OBAMA))["Records"][0]["s3"]["object"]["eTag"]
    assert handler(event(key, etag, sequencer=longer), None) == ["ENROLLED"]
    drop(key, content(OBAMA))
    assert handler(event(key, etag, sequencer=shorter), None) == ["KNOWN"]
    assert keys("acme/enrol/") == [key]


# --- the record ------------------------------------------------------------------------------------------------------


def test_the_audit_trail_tells_who_was_enrolled_and_where_searched(queues):
    since = datetime.now(UTC) - timedelta(minutes=1)
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    take("acme/enrol/staff/ann b/1.jpg", OBAMA)
    take("acme/scan/sface-n/staff/1.jpg", OBAMA)
    told = [(each.who, each.operation, each.outcome, dict(each.ids)) for each in trail.read("acme", since)]
    of_ann = {"groups": ["staff"], "persons": ["ann"]}
    of_a_search = {"groups": ["staff"], "scenes": ["sface-n"]}
    expected = [
        ("on_upload", "DropFace", "BEGUN", of_ann),
        ("on_upload", "DropFace", "ENROLLED", of_ann),
        ("on_upload", "DropFace", "BEGUN", {"groups": ["staff"]}),
        ("on_upload", "DropFace", "FIELD_INVALID", {"groups": ["staff"]}),
        ("on_upload", "DropScan", "BEGUN", of_a_search),
        ("on_upload", "DropScan", "QUEUED", of_a_search),
    ]
    assert sorted(told, key=str) == sorted(expected, key=str)


# --- failures of ours -------------------------------------------------------------------------------------------------


def test_faces_of_another_model_wait_for_a_replay(library, monkeypatch, log):
    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    with monkeypatch.context() as other:
        other.setattr("visage.gallery.enrol.version", lambda: "another")
        with pytest.raises(IntakeError, match="^MODEL_CHANGED$"):
            take("acme/enrol/staff/ann/2.jpg", AGAIN)
    assert keys("acme/enrol/") == ["acme/enrol/staff/ann/2.jpg"]
    assert "acme/results/enrol/staff/ann/2.jpg.json" not in keys()


def test_logs_and_errors_do_not_name_the_person(log, monkeypatch):
    def broken(*_arguments):
        raise RuntimeError("the image of bob")

    take("acme/enrol/staff/ann/1.jpg", OBAMA)
    take("acme/enrol/staff/no one/1.jpg", OBAMA)
    monkeypatch.setattr(intake, "enrol_image", broken)
    with pytest.raises(IntakeError, match="^RuntimeError$") as raised:
        take("acme/enrol/staff/bob/1.jpg", BIDEN)
    assert raised.value.__cause__ is None and raised.value.__suppress_context__
    said = log.getvalue()
    assert said.count('"taken"') == 2 and said.count('"not taken"') == 1
    assert not [word for word in ("ann", "bob", "no one", "staff", "1.jpg") if word in said]


# --- the events -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "outcomes"),
    [
        ("on_upload", ["IMAGE_UNREADABLE"]),
        ("on_upload.name", ["IMAGE_UNREADABLE"]),
        ("on_upload.nobody", ["FIELD_INVALID"]),
        ("on_upload.result", []),
        ("on_upload.scan", ["QUEUED"]),
        ("on_upload.upload", ["IMAGE_UNREADABLE"]),
    ],
)
def test_every_event_is_accepted(queues, case, outcomes):
    sent = json.loads((ROOT / "events" / f"{case}.json").read_text())
    (record,) = sent["Records"]
    record["s3"]["bucket"]["name"] = "visage-uploads"
    drop(unquote_plus(record["s3"]["object"]["key"]), b"no image")
    assert handler(sent, None) == outcomes
