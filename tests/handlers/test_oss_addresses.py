"""An uploaded object can replace an image in every parameter, but only for its own client."""

import base64
import json
from importlib import import_module

import pytest

from tests.handlers.photos import AGAIN, OBAMA
from tests.support.events import green_event, rpc_event
from tests.support.jobs import messages
from tests.unit.api.test_messages import record
from visage import aws
from visage.access.clients import clients
from visage.gallery.persons.store import Library
from visage.settings import settings

NAME = "照片/a b+c %41.jpg"
FORMS = ["oss://visage-uploads:{}", "oss://visage-uploads/{}"]


@pytest.fixture
def client(queues):
    client = clients().create("shop", library="acme")
    Library("acme").add_person("ann", ["staff"])
    return client


@pytest.fixture(autouse=True)
def uploaded(client):
    """The same photo in the uploads of two clients."""
    photo = base64.b64decode(OBAMA.removeprefix("base64://"))
    for library in ("acme", "other"):
        aws.client("s3").put_object(Bucket="visage-uploads", Key=f"{library}/uploads/{NAME}", Body=photo)


def rpc(client, action, **form):
    return json.loads(import_module("rpc.app").handler(rpc_event(client, form, Action=action), None)["body"])["Code"]


def green(client, function, **body):
    return json.loads(import_module(f"{function}.app").handler(green_event(client, "/green", body), None)["body"])


def compare(client, source, target):
    pair = {"SourceImageValue": source, "TargetImageValue": target}
    return rpc(client, "CompareFaces", SourceImageType="FacePic", TargetImageType="FacePic", **pair)


def scanned(client, function, scene, url, **extras):
    (entry,) = green(client, function, scenes=[scene], tasks=[{"url": url, "extras": extras}])["data"]
    return entry["code"]


def added(client, url):
    (item,) = green(client, "add_faces", personId="ann", urls=[url])["data"]["faceImageItems"]
    return item.get("code", 200)


def scanned_later(client, url):
    tasks = [{"url": url, "extras": {"faceUrl": AGAIN}}]
    (taken,) = green(client, "scan_image_async", scenes=["sface-1"], tasks=tasks)["data"]
    records = [record(taken["taskId"], message) for message in messages(settings().scan_queue)]
    import_module("run_scan.app").handler({"Records": records}, None)
    event = green_event(client, "/green/image/results", [taken["taskId"]])
    (entry,) = json.loads(import_module("get_scan_results.app").handler(event, None)["body"])["data"]
    return entry["code"]


def verified(client, url):
    session = green(client, "create_liveness_session")["data"]["sessionId"]
    return green(client, "verify_liveness", sessionId=session, urls=[url] * 8)["code"]


PARAMETERS = {
    "SourceImageValue": lambda client, url: compare(client, url, AGAIN),
    "TargetImageValue": lambda client, url: compare(client, AGAIN, url),
    "MaterialValue": lambda client, url: rpc(client, "DetectFaceAttributes", MaterialValue=url),
    "DetectFace url": lambda client, url: green(client, "detect_face", url=url)["code"],
    "AddFaces urls": added,
    "SearchPerson url": lambda client, url: scanned(client, "search_person", "sface-n", url, groupId="staff"),
    "sface-n url": lambda client, url: scanned(client, "scan_image", "sface-n", url, groupId="staff"),
    "sface-1 url": lambda client, url: scanned(client, "scan_image", "sface-1", url, faceUrl=AGAIN),
    "sface-1 faceUrl": lambda client, url: scanned(client, "scan_image", "sface-1", AGAIN, faceUrl=url),
    "ImageAsyncScan url": scanned_later,
    "VerifyLiveness urls": verified,
    "liveness url": lambda client, url: scanned(client, "scan_image", "liveness", url),
}


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_an_upload_is_read_in_every_parameter_by_its_own_client_alone(client, parameter):
    ask = PARAMETERS[parameter]
    for form in FORMS:
        assert ask(client, form.format(f"acme/uploads/{NAME}")) in (200, "1")
    for form, key in zip(FORMS, (f"other/uploads/{NAME}", "other/uploads/none.jpg"), strict=True):
        assert ask(client, form.format(key)) in (596, "Error.NoPermissionAccess")
    assert ask(client, FORMS[0].format("acme/uploads/none.jpg")) in (480, "InvalidParam.ImageNotFound")


def test_clients_of_one_library_share_their_uploads(client):
    partner, stranger = clients().create("till-2", library="acme"), clients().create("stranger")
    url = FORMS[0].format(f"acme/uploads/{NAME}")
    assert compare(partner, url, AGAIN) == "1"
    assert compare(stranger, url, AGAIN) == "Error.NoPermissionAccess"
