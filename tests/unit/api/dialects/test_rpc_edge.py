"""The RPC edge around an operation: responses and accepted requests."""

import base64
import json
from xml.etree import ElementTree

import pytest

from tests.support.edge import call, code, handler
from tests.support.events import gateway_event, rpc_event
from visage.api.dialects.request import Request
from visage.api.security import admission
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


# --- answers ----------------------------------------------------------------------------------------------------------


def test_success_in_json(client):
    event = rpc_event(client)
    status, body = call(event)
    assert status == 200
    assert body == {
        "RequestId": event["requestContext"]["requestId"].upper(),
        "Data": {"SimilarityScore": 98.7913, "ConfidenceThresholds": '{"0.01":"70.02"}'},
        "Success": True,
        "Code": "1",
    }


def test_success_in_xml(client):
    event = rpc_event(client, Format="XML")
    response = handler(event, None)
    assert response["headers"]["Content-Type"] == "text/xml;charset=utf-8"
    assert response["body"] == (
        "<?xml version='1.0' encoding='UTF-8'?><CompareFacesResponse>"
        f"<RequestId>{event['requestContext']['requestId'].upper()}</RequestId>"
        '<Data><SimilarityScore>98.7913</SimilarityScore><ConfidenceThresholds>{"0.01":"70.02"}</ConfidenceThresholds>'
        "</Data><Success>true</Success><Code>1</Code></CompareFacesResponse>"
    )


@pytest.mark.parametrize("form", ["xml", "XML", "Xml"])
def test_the_format_is_read_in_any_case(client, form):
    assert handler(rpc_event(client, Format=form), None)["body"].startswith("<?xml")


@pytest.mark.parametrize("form", ["JSON", "json", "None", "", None])
def test_any_other_format_is_json(client, form):
    assert call(rpc_event(client, Format=form))[0] == 200


def test_an_error_in_json_has_both_products_fields(client):
    event = rpc_event(client, {"Do": "refuse"})
    status, body = call(event)
    request_id = event["requestContext"]["requestId"].upper()
    assert status == 400
    assert body == {
        "RequestId": request_id,
        "HostId": "faces.example.com",
        "Code": "Error.NoFaceDetected",
        "Message": "No face detected from given images. in the source image",
        "Detail": "in the source image",
        "code": 400,
        "msg": "No face detected from given images. in the source image",
        "requestId": request_id,
    }


def test_an_error_in_xml(client):
    response = handler(rpc_event(client, {"Do": "refuse"}, Format="XML"), None)
    root = ElementTree.fromstring(response["body"])
    assert root.tag == "Error"
    assert [child.tag for child in root] == ["RequestId", "HostId", "Code", "Message", "Detail"]
    assert root.findtext("Code") == "Error.NoFaceDetected"


def test_an_error_about_an_unreadable_form_comes_in_the_format_of_the_query(client):
    event = rpc_event(client, Format="XML")
    event["body"] = "%ff"
    assert ElementTree.fromstring(handler(event, None)["body"]).findtext("Code") == "InvalidParameter"


def test_what_a_client_sent_cannot_break_the_xml(client):
    event = rpc_event(client, {"<\0&>": "1"}, Format="XML")
    event["body"] += "&" + event["body"]
    response = handler(event, None)
    assert "The parameter <\ufffd&> is" in ElementTree.fromstring(response["body"]).findtext("Message")


def test_an_unexpected_error_becomes_the_operations_failure_without_its_message(client, log):
    status, body = call(rpc_event(client, {"Do": "break"}))
    assert (status, body["Code"]) == (500, "Error.CompareFacesError")
    assert "a secret" not in json.dumps(body) + log.getvalue()
    assert "ZeroDivisionError" in log.getvalue()


def test_internal_errors_are_logged_and_not_revealed(client, log):
    _, body = call(rpc_event(client, {"Do": "miss a model"}))
    assert body["Code"] == "Error.InternalError" and "Detail" not in body
    assert "the model is missing" in log.getvalue()


def test_an_unexpected_error_around_the_operation_is_an_internal_error(client, monkeypatch):
    monkeypatch.setattr(admission, "spend", lambda *_: 1 / 0)
    assert code(rpc_event(client)) == (500, "Error.InternalError")


def test_the_success_code_is_a_deployment_parameter(client, monkeypatch):
    monkeypatch.setenv("VISAGE_SUCCESS_CODE", "200")
    settings.cache_clear()
    assert code(rpc_event(client)) == (200, "200")


@pytest.mark.parametrize("green", ["200", "class"])
def test_errors_keep_the_contracts_status_whatever_greens_setting(client, monkeypatch, green):
    monkeypatch.setenv("VISAGE_ERROR_STATUS", green)
    settings.cache_clear()
    assert code(rpc_event(client, {"Do": "refuse"})) == (400, "Error.NoFaceDetected")
    assert code(rpc_event(client, secret="wrong")) == (400, "SignatureDoesNotMatch")
    assert code(rpc_event(client, {"Do": "break"})) == (500, "Error.CompareFacesError")
    assert code(rpc_event(client, {"Do": "miss a model"})) == (500, "Error.InternalError")


def test_answers_are_not_to_be_cached(client):
    assert handler(rpc_event(client), None)["headers"]["Cache-Control"] == "no-store"


# --- the request's shape ----------------------------------------------------------------------------------------------


def test_every_parameter_may_come_in_the_form(client):
    assert code(rpc_event(client, {"Do": "x"}, in_form=True)) == (200, "1")


def test_a_body_in_base64_is_read(client):
    event = rpc_event(client, {"Do": "refuse"})
    event |= {"body": base64.b64encode(event["body"].encode()).decode(), "isBase64Encoded": True}
    assert code(event) == (400, "Error.NoFaceDetected")


@pytest.mark.parametrize("name", ["Action", "Version"])
def test_an_unsigned_header_has_no_effect(client, name):
    event = rpc_event(client, **{name: None})
    event["multiValueHeaders"] |= {"x-acs-action": ["CompareFaces"], "x-acs-version": ["2019-03-07"]}
    assert code(event) == (400, f"Missing{name}")


@pytest.mark.parametrize("version", ["2018-09-16", "2019-03-07"])
def test_both_versions_are_known(client, version):
    assert code(rpc_event(client, Version=version)) == (200, "1")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Action": None}, (400, "MissingAction")),
        ({"Action": "DropTables"}, (404, "InvalidAction.NotFound")),
        ({"Version": None}, (400, "MissingVersion")),
        ({"Version": "2017-09-12"}, (400, "InvalidVersion")),
        ({"AccessKeyId": None}, (400, "MissingAccessKeyId")),
        ({"SignatureNonce": ""}, (400, "MissingSignatureNonce")),
        ({"Timestamp": None}, (400, "MissingTimestamp")),
        ({"Timestamp": "yesterday"}, (400, "InvalidTimeStamp.Format")),
        ({"SignatureMethod": "HMAC-SM3"}, (400, "InvalidSignatureMethod")),
        ({"SignatureVersion": "2.0"}, (400, "InvalidSignatureMethod")),
    ],
)
def test_a_malformed_request_is_refused_before_its_signature_is_checked(client, changes, expected):
    assert code(rpc_event(client, secret="wrong", **changes)) == expected


def test_an_unsigned_request_is_refused(client):
    event = gateway_event("POST", [("Action", "CompareFaces"), ("Version", "2019-03-07")])
    assert code(event) == (400, "MissingAccessKeyId")


def test_a_repeated_parameter_is_refused_by_name(client):
    event = rpc_event(client, {"SourceImageType": "FacePic"})
    event["body"] += "&SourceImageType=IDPic"
    status, body = call(event)
    assert (status, body["Code"]) == (400, "InvalidParameter") and "SourceImageType" in body["Message"]


def test_a_parameter_in_query_and_form_is_repeated(client):
    event = rpc_event(client)
    event["body"] = "Action=CompareFaces"
    assert code(event) == (400, "InvalidParameter")


@pytest.mark.parametrize("body", ["a=%ff%fe", "&".join(f"f{n}=1" for n in range(200))])
def test_a_body_that_is_not_a_form_is_malformed(client, body):
    event = rpc_event(client)
    event["body"] = body
    assert code(event) == (400, "InvalidParameter")


def test_another_content_type_is_malformed(client):
    event = rpc_event(client, {"a": "1"})
    event["multiValueHeaders"]["Content-Type"] = ["multipart/form-data; boundary=x"]
    assert code(event) == (400, "InvalidParameter")


# --- the front door ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secrets", "shown", "host", "past"),
    [
        ({"new", "old"}, "new", "faces.example.org", False),
        ({"new", "old"}, "old", "faces.example.org", False),
        ({"new", "old"}, "other", "x.execute-api.example.com", True),
        ({"new", "old"}, None, "x.execute-api.example.com", True),
        ({"new", "old"}, "", "x.execute-api.example.com", True),
        ((), None, "x.execute-api.example.com", False),
        ((), "new", "x.execute-api.example.com", False),
    ],
)
def test_the_forwarded_host_is_trusted_only_from_our_distribution(secrets, shown, host, past):
    headers = {"Host": "x.execute-api.example.com", "X-Forwarded-Host": "faces.example.org"}
    event = gateway_event("POST", [], headers=headers | ({} if shown is None else {"X-Visage-Origin": shown}))
    event["requestContext"]["apiId"] = "a1b2c3"
    request = Request.from_event(event, secrets)
    assert (request.host, request.past_front_door) == (host, past)
    assert "x-visage-origin" not in request.headers


def test_a_request_that_bypasses_the_front_door_is_refused_before_its_key_is_read(client, monkeypatch):
    monkeypatch.setenv("VISAGE_ORIGIN_SECRETS", "a-secret,a-secret")
    settings.cache_clear()
    event = rpc_event(client, {"a": "1"})
    assert code(event)[0] == 200, "invoked by somebody whom IAM allows to"
    event = rpc_event(client, {"a": "1"})
    event["requestContext"]["apiId"] = "a1b2c3"
    monkeypatch.setattr(admission, "clients", None)
    assert code(event) == (403, "NoPermission")


@pytest.mark.parametrize(
    ("deployed", "let_in"),
    [
        ("old,old", {"old"}),
        ("new,old", {"old", "new"}),  # while the distribution learns the new one
        ("new,new", {"new"}),
    ],
    ids=["before", "the first deployment", "the second deployment"],
)
def test_the_front_doors_secret_is_rotated_without_a_refused_call(client, monkeypatch, deployed, let_in):
    monkeypatch.setenv("VISAGE_ORIGIN_SECRETS", deployed)
    settings.cache_clear()
    for shown in ("old", "new", ""):
        event = rpc_event(client, {"a": "1"})
        event |= {"headers": {**event["headers"], "X-Visage-Origin": shown}, "multiValueHeaders": None}
        event["requestContext"]["apiId"] = "a1b2c3"
        assert code(event)[0] == (200 if shown in let_in else 403), shown


# --- what is logged ---------------------------------------------------------------------------------------------------


def test_nothing_of_an_image_key_or_signature_is_logged(client, log):
    event = rpc_event(client, {"SourceImageValue": "base64://AAAAimage", "Do": "refuse"})
    handler(event, None)
    handler(rpc_event(client, {"SourceImageValue": "base64://AAAAimage"}, secret="wrong"), None)
    logged = log.getvalue()
    assert "NO_FACE" in logged and "SIGNATURE_MISMATCH" in logged
    secrets = (client.id, client.secrets[0].value, "AAAAimage", *dict(event["queryStringParameters"]).values())
    leaked = [text for text in secrets if len(text) > 4 and text != "CompareFaces" and text in logged]
    assert leaked == []
