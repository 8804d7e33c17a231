"""Images uploaded by OSS's own clients, signed by OSS's rules, V1 and V4."""

import base64
import calendar
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from importlib import import_module
from types import SimpleNamespace
from urllib.parse import quote
from xml.etree import ElementTree

import oss2
import pytest

from tests.conftest import ROOT
from tests.support.events import green_event
from tests.support.make_events import CLIENT, SIGNED_AT
from tests.support.oss import put_event
from visage import aws
from visage.access import tickets, trail
from visage.access.clients import clients
from visage.api.security import admission

pytestmark = pytest.mark.usefixtures("deployment")

PHOTO = b"\xff\xd8\xff\xe0 \x00\x80 no UTF-8"
VERSIONS = ["v1", "v4"]


@pytest.fixture
def client():
    return clients().create("shop", library="acme")


@pytest.fixture
def credentials(client):
    """The response of UploadCredentials to this client."""
    event = green_event(client, "/green/credentials/uploadcredentials", {})
    return json.loads(import_module("create_upload_credentials.app").handler(event, None)["body"])["data"]


@pytest.fixture(params=VERSIONS)
def auth(request, credentials):
    names = ("accessKeyId", "accessKeySecret", "securityToken")
    return oss2.StsAuth(*(credentials[name] for name in names), auth_version=request.param)


def put(event):
    """Status, and the error's code and message or the ETag."""
    response = import_module("put_object.app").handler(event, None)
    if response["statusCode"] == 200:
        return 200, response["headers"]["ETag"]
    root = ElementTree.fromstring(response["body"].encode())
    return response["statusCode"], root.findtext("Code"), root.findtext("Message")


def stored(key):
    found = aws.client("s3").get_object(Bucket="visage-uploads", Key=key)
    return found["Body"].read(), found["ContentType"]


def test_an_image_is_stored_as_it_is(auth, credentials):
    key = f"{credentials['uploadFolder']}/images/a.jpg"
    assert put(put_event(auth, key, PHOTO)) == (200, f'"{hashlib.md5(PHOTO).hexdigest().upper()}"')
    assert stored(key) == (PHOTO, "image/jpeg")


def test_endpoint_and_bucket_lead_oss_clients_to_the_front_door(credentials):
    assert (credentials["ossEndpoint"], credentials["uploadBucket"]) == ("https://example.com", "faces")
    assert credentials["ossInternalEndpoint"] == credentials["ossEndpoint"]


@pytest.mark.parametrize("name", ["照片/a b+c.jpg", "a~(1)'!*.jpg"])
def test_names_are_signed_as_they_are_and_escaped_in_the_address(auth, name):
    key = f"acme/uploads/{name}"
    assert put(put_event(auth, key, PHOTO, path=f"/{quote(key, safe='')}"))[0] == 200
    assert stored(key)[0] == PHOTO


def test_the_bucket_may_stand_in_the_path(auth):
    address = {"host": "127.0.0.1:3000", "bucket": "visage-uploads"}
    path = "/visage-uploads/" + quote("acme/uploads/a.jpg", safe="")
    assert put(put_event(auth, "acme/uploads/a.jpg", PHOTO, path=path, **address))[0] == 200
    assert stored("acme/uploads/a.jpg")[0] == PHOTO


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_may_sign_by_its_own_keys(client, version):
    own = oss2.make_auth(client.id, client.secrets[0].value, version)
    assert put(put_event(own, "acme/uploads/a.jpg", PHOTO))[0] == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_a_temporary_client_signs_with_its_token_or_by_a_ticket(version):
    client = clients().create("session", session_seconds=900, library="acme")
    own = oss2.StsAuth(client.id, client.secrets[0].value, client.token, auth_version=version)
    ticket = tickets.issue(client, time.time() + 60)
    for auth in (own, oss2.StsAuth(ticket.key_id, ticket.secret, ticket.token, auth_version=version)):
        assert put(put_event(auth, "acme/uploads/a.jpg", PHOTO))[0] == 200
    without = oss2.make_auth(client.id, client.secrets[0].value, version)
    assert put(put_event(without, "acme/uploads/a.jpg", PHOTO))[:2] == (403, "InvalidSecurityToken")


def test_the_body_may_be_signed_by_its_md5(auth):
    """API Gateway drops the header, so the MD5 of the body itself counts."""
    md5 = base64.b64encode(hashlib.md5(PHOTO).digest()).decode()
    for content, expected in ((PHOTO, 200), (PHOTO + b"!", 403)):
        event = put_event(auth, "acme/uploads/a.jpg", content, content_md5=md5)
        for headers in (event["headers"], event["multiValueHeaders"]):
            headers.pop("content-md5", None)
        assert put(event)[0] == expected


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("path", "/acme/uploads/b.jpg"),
        ("path", "/acme/uploads//a.jpg"),
        ("Host", "others.example.com"),
        ("content-type", "image/png"),
        ("x-oss-object-acl", "public-read"),
        ("x-oss-security-token", "visage-upload.AAAA"),
        ("authorization", "OSS STS.nobody:AAAA"),
    ],
)
def test_what_is_signed_cannot_be_changed(auth, field, value):
    event = put_event(auth, "acme/uploads/a.jpg", PHOTO)
    if field == "path":
        event["path"] = value
    else:
        event["headers"][field], event["multiValueHeaders"][field] = value, [value]
    assert put(event)[0] in (400, 403)
    assert "Contents" not in aws.client("s3").list_objects_v2(Bucket="visage-uploads")


@pytest.mark.parametrize(
    "key", ["other/uploads/a.jpg", "acme/results/a.jpg", "acme/inline/a.jpg", "acme/uploads", "a.jpg", "acme/../a.jpg"]
)
def test_objects_are_stored_in_the_clients_own_folders(auth, key):
    assert put(put_event(auth, key, PHOTO))[:2] == (403, "AccessDenied")


def test_a_client_enrols_by_a_drop_only_if_it_may_enrol():
    client = clients().create("kiosk", allow=("UploadCredentials",), library="acme")
    auth = oss2.make_auth(client.id, client.secrets[0].value)
    assert put(put_event(auth, "acme/uploads/a.jpg", PHOTO))[0] == 200
    assert put(put_event(auth, "acme/enrol/staff/ann/a.jpg", PHOTO))[:2] == (403, "AccessDenied")


def test_a_client_without_upload_rights_cannot_upload():
    client = clients().create("reader", allow=("CompareFaces",))
    auth = oss2.make_auth(client.id, client.secrets[0].value)
    assert put(put_event(auth, f"{client.id}/uploads/a.jpg", PHOTO))[:2] == (403, "AccessDenied")


def test_a_ticket_expires(client, monkeypatch):
    ticket = tickets.issue(client, time.time() - 1)
    auth = oss2.StsAuth(ticket.key_id, ticket.secret, ticket.token)
    assert put(put_event(auth, "acme/uploads/a.jpg", PHOTO))[:2] == (403, "SecurityTokenExpired")


def test_a_ticket_ends_with_its_client(client, auth):
    clients().disable(client.id)
    assert put(put_event(auth, "acme/uploads/a.jpg", PHOTO))[:2] == (403, "InvalidAccessKeyId")


def test_a_ticket_outlives_a_rotation_for_its_grace(client, auth):
    clients().rotate(client.id, 60)
    assert put(put_event(auth, "acme/uploads/a.jpg", PHOTO))[0] == 200
    clients().rotate(client.id, 0)
    assert put(put_event(auth, "acme/uploads/a.jpg", PHOTO))[:2] == (403, "SignatureDoesNotMatch")


def test_an_old_signature_is_refused(auth, monkeypatch):
    event = put_event(auth, "acme/uploads/a.jpg", PHOTO)
    later = time.time() + 16 * 60
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: later))
    assert put(event)[:2] == (403, "RequestTimeTooSkewed")


@pytest.mark.parametrize(
    "scheme", ["", "OSS", "OSS x", "OSS4-HMAC-SHA256 x", "OSS2 AccessKeyId:a,Signature:b", "acs a:b"]
)
def test_other_signature_schemes_are_refused(auth, scheme):
    event = put_event(auth, "acme/uploads/a.jpg", PHOTO)
    for headers in (event["headers"], event["multiValueHeaders"]):
        headers["authorization"] = [scheme] if headers is event["multiValueHeaders"] else scheme
    status, code, _ = put(event)
    assert (status, code) == (400, "InvalidArgument")


@pytest.mark.parametrize("content_type", ["application/octet-stream", "text/html", "video/mp4", "image/svg+xml"])
def test_what_api_gateway_would_garble_is_refused(auth, content_type):
    status, code, message = put(put_event(auth, "acme/uploads/a.jpg", PHOTO, content_type=content_type))
    assert (status, code) == (400, "InvalidArgument") and "image/jpeg" in message


def test_parts_copies_and_sub_resources_are_not_supported(auth):
    event = put_event(auth, "acme/uploads/a.jpg", PHOTO)
    event["multiValueQueryStringParameters"] = {"uploadId": ["1"], "partNumber": ["1"]}
    assert put(event)[:2] == (501, "NotImplemented")
    copy = put_event(auth, "acme/uploads/a.jpg", b"", x_oss_copy_source="/faces/other/uploads/a.jpg")
    assert put(copy)[:2] == (501, "NotImplemented")


def test_who_uploaded_is_recorded(client, auth):
    put(put_event(auth, "acme/uploads/a.jpg", PHOTO))
    records = list(trail.read("acme", datetime.now(UTC) - timedelta(minutes=1)))
    assert ("PutObject", "OK", client.id) in [(each.operation, each.outcome, each.who) for each in records]


def test_its_event_is_answered(monkeypatch):
    signed_at = calendar.timegm(time.strptime(SIGNED_AT, "%Y-%m-%dT%H:%M:%SZ"))
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: signed_at))
    clients()._write(CLIENT)
    assert put(json.loads((ROOT / "events" / "put_object.json").read_text()))[0] == 200
