"""Upload grants on the wire, in each of the products' formats."""

import calendar
import json
import time
from datetime import UTC, datetime
from importlib import import_module
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from tests.conftest import ROOT
from tests.support.events import green_event, rpc_event
from tests.support.make_events import CLIENT, SIGNED_AT
from visage.access.clients import clients
from visage.api.payloads.uploads import oss_address
from visage.api.security import admission

pytestmark = pytest.mark.usefixtures("deployment")

FORM = {
    *("key", "Content-Type", "success_action_status", "policy"),
    *(f"x-amz-{name}" for name in ("algorithm", "credential", "date", "security-token", "signature")),
}
ACTIONS = ("DescribeOssUploadToken", "DescribeUploadInfo", "GetVerifyToken")


@pytest.fixture
def client():
    return clients().create("shop", library="acme")


def rpc(client, action, method="POST", **parameters):
    return import_module("rpc.app").handler(rpc_event(client, method=method, Action=action, **parameters), None)


def green(client, body=None, **changes):
    event = green_event(client, "/green/credentials/uploadcredentials", body, **changes)
    return json.loads(import_module("create_upload_credentials.app").handler(event, None)["body"])


def in_thirty_minutes(epoch_seconds):
    return epoch_seconds == pytest.approx(time.time() + 1800, abs=60)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_describe_oss_upload_token(client, method):
    answer = json.loads(rpc(client, "DescribeOssUploadToken", method)["body"])
    assert set(answer) == {"RequestId", "OssUploadToken", "S3", "Form"}
    token = answer["OssUploadToken"]
    assert set(token) == {
        *("Key", "Secret", "Token", "Expired", "EndPoint", "Region", "Bucket", "Path", "EnrolPath", "ScanPath")
    }
    assert in_thirty_minutes(token["Expired"] / 1000) and isinstance(token["Expired"], int)
    assert (token["EndPoint"], token["Bucket"]) == ("https://example.com", "faces"), "the front door, as OSS names it"
    s3 = answer["S3"]
    assert set(s3) == {"EndPoint", "Region", "Bucket", "AccessKeyId", "SecretAccessKey", "SessionToken"}
    assert (s3["EndPoint"], s3["Bucket"]) == ("https://s3.eu-central-1.amazonaws.com", "visage-uploads")
    assert (token["EnrolPath"], token["ScanPath"]) == ("acme/enrol", "acme/scan")
    assert token["Path"].startswith("acme/uploads/")
    assert set(answer["Form"]["Fields"]) == FORM
    assert answer["Form"]["Fields"]["key"] == token["Path"] + "/${filename}"


def test_describe_oss_upload_token_in_xml(client):
    root = ElementTree.fromstring(rpc(client, "DescribeOssUploadToken", Format="XML")["body"])
    assert root.tag == "DescribeOssUploadTokenResponse" and root.find("Data") is None
    assert (root.findtext("OssUploadToken/Bucket"), root.findtext("S3/Bucket")) == ("faces", "visage-uploads")
    assert {field.tag for field in root.find("Form/Fields")} == FORM


def test_the_older_format(client):
    answer = json.loads(rpc(client, "GetVerifyToken", Biz="shop", TicketId="1")["body"])
    assert (answer["Code"], answer["Success"]) == ("1", True)
    token = answer["Data"]["StsToken"]
    assert {"AccessKeyId", "AccessKeySecret", "Token", "Expiration", "EndPoint", "BucketName", "Path"} <= set(token)
    ends = datetime.strptime(token["Expiration"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert in_thirty_minutes(ends.timestamp())
    assert token["BucketName"] == "faces" and answer["Data"]["S3"]["Bucket"] == "visage-uploads"
    assert token["Path"].startswith("acme/uploads/")


def test_a_form_only(client):
    answer = json.loads(rpc(client, "DescribeUploadInfo", Biz="shop")["body"])
    assert set(answer) == {"RequestId", "Accessid", "Policy", "Signature", "Host", "Folder", "Expire", "Form"}
    assert in_thirty_minutes(answer["Expire"])
    fields = answer["Form"]["Fields"]
    assert set(fields) == FORM
    assert (answer["Policy"], answer["Signature"]) == (fields["policy"], fields["x-amz-signature"])
    assert fields["x-amz-credential"].startswith(answer["Accessid"])
    assert answer["Host"] == answer["Form"]["Url"] == "https://s3.eu-central-1.amazonaws.com/visage-uploads"
    assert answer["Folder"].startswith("acme/uploads/") and "Secret" not in json.dumps(answer)


@pytest.mark.parametrize("body", [None, {}])
def test_upload_credentials(client, body):
    answer = green(client, body)
    assert answer["code"] == 200
    data = answer["data"]
    assert set(data) == {
        *("accessKeyId", "accessKeySecret", "securityToken", "expiredTime", "ossEndpoint", "ossInternalEndpoint"),
        *("region", "uploadBucket", "uploadFolder", "enrolFolder", "scanFolder", "s3", "form"),
    }
    assert in_thirty_minutes(data["expiredTime"] / 1000)
    assert data["uploadFolder"].startswith("acme/uploads/")
    assert set(data["form"]["fields"]) == FORM


@pytest.mark.parametrize(
    "function", ["create_upload_credentials", "describe_oss_upload_token", "describe_upload_info", "get_verify_token"]
)
def test_every_function_answers_its_event(function, monkeypatch):
    signed_at = calendar.timegm(time.strptime(SIGNED_AT, "%Y-%m-%dT%H:%M:%SZ"))
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: signed_at))
    clients()._write(CLIENT)
    event = json.loads((ROOT / "events" / f"{function}.json").read_text())
    response = import_module(f"{function}.app").handler(event, None)
    assert response["statusCode"] == 200 and f"{CLIENT.id}/uploads/" in response["body"]


def test_a_client_without_permission_is_refused():
    client = clients().create("shop", allow=("CompareFaces",))
    assert green(client)["code"] == 596
    for action in ACTIONS:
        assert json.loads(rpc(client, action)["body"])["Code"] == "Error.NoPermissionAccess"


@pytest.mark.parametrize("nonce", ["once", None])
def test_a_request_that_is_replayed_gets_no_rights(client, monkeypatch, nonce):
    monkeypatch.setattr(admission, "EQUAL_SECONDS", 0)
    event = green_event(client, "/green/credentials/uploadcredentials", x_acs_signature_nonce=nonce)
    handler = import_module("create_upload_credentials.app").handler
    assert json.loads(handler(event, None)["body"])["code"] == 200
    event["requestContext"]["requestId"] = "another"
    assert json.loads(handler(event, None)["body"])["Code"] == "SignatureNonceUsed"


def test_responses_are_not_cacheable(client):
    assert rpc(client, "DescribeOssUploadToken")["headers"]["Cache-Control"] == "no-store"


def test_unexpected_errors_are_internal_errors(client, monkeypatch):
    monkeypatch.setattr("visage.access.grants.aws.client", lambda _name: 1 / 0)
    answer = json.loads(rpc(client, "DescribeOssUploadToken")["body"])
    assert answer["Code"] == "Error.InternalError"


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://d111.cloudfront.net", ("https://cloudfront.net", "d111")),
        ("https://faces.example.com:8443", ("https://example.com:8443", "faces")),
        ("http://127.0.0.1:3000", ("http://127.0.0.1:3000", "uploads")),
        ("http://[::1]:3000", ("http://[::1]:3000", "uploads")),
        ("http://localhost:3000", ("http://localhost:3000", "uploads")),
    ],
)
def test_endpoint_and_bucket_for_oss_clients_follow_the_origin(origin, expected):
    assert oss_address(origin, "uploads") == expected
