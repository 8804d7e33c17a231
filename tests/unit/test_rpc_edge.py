"""The RPC edge around an operation: what is checked, in which order, and how it is said."""

import base64
import io
import json
import time
from xml.etree import ElementTree

import pytest

from tests.events import acs3_event, gateway_event, rpc_event
from visage.access.clients import clients
from visage.api import admission, operation
from visage.api.operation import rpc_operation
from visage.api.request import Request
from visage.errors import Reason, VisageError
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


@rpc_operation("CompareFaces", failure=Reason.COMPARE_FAILED)
def handler(parameters):
    match parameters.get("Do"):
        case "refuse":
            raise VisageError(Reason.NO_FACE, "in the source image")
        case "miss a model":
            raise VisageError(Reason.INTERNAL, "the model is missing")
        case "break":
            raise ZeroDivisionError("a secret")
    return {"SimilarityScore": 98.7913, "ConfidenceThresholds": '{"0.01":"70.02"}'}


@pytest.fixture
def client(deployment):
    return clients().create("tests")


@pytest.fixture
def log(monkeypatch):
    """What the functions log, from now on."""
    text = io.StringIO()
    monkeypatch.setattr(operation.logger.registered_handler, "stream", text)
    return text


def call(event):
    response = handler(event, None)
    return response["statusCode"], json.loads(response["body"])


def code(event):
    status, body = call(event)
    return status, body.get("Code")


def iso(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


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


def test_an_error_in_json_has_both_products_shapes(client):
    event = rpc_event(client, {"Do": "refuse"})
    status, body = call(event)
    request_id = event["requestContext"]["requestId"].upper()
    assert status == 400
    assert body == {
        "RequestId": request_id,
        "HostId": "faces.example.com",
        "Code": "Error.NoFaceDetected",
        "Message": "No face detected from given images.",
        "Detail": "in the source image",
        "code": 400,
        "msg": "No face detected from given images.",
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


def test_an_unexpected_error_becomes_the_operations_failure_and_its_message_goes_nowhere(client, log):
    status, body = call(rpc_event(client, {"Do": "break"}))
    assert (status, body["Code"]) == (500, "Error.CompareFacesError")
    assert "a secret" not in json.dumps(body) + log.getvalue()
    assert "ZeroDivisionError" in log.getvalue()


def test_what_is_broken_inside_is_logged_and_not_told(client, log):
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


def test_business_errors_can_be_answered_with_http_200_and_gateway_errors_not(client, monkeypatch):
    monkeypatch.setenv("VISAGE_ERROR_STATUS", "200")
    settings.cache_clear()
    assert code(rpc_event(client, {"Do": "refuse"})) == (200, "Error.NoFaceDetected")
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
def test_a_header_that_is_not_signed_decides_nothing(client, name):
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
def test_a_malformed_request_is_refused_before_anything_is_proved(client, changes, expected):
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
def test_a_body_that_is_no_form_is_malformed(client, body):
    event = rpc_event(client)
    event["body"] = body
    assert code(event) == (400, "InvalidParameter")


def test_another_content_type_is_malformed(client):
    event = rpc_event(client, {"a": "1"})
    event["multiValueHeaders"]["Content-Type"] = ["multipart/form-data; boundary=x"]
    assert code(event) == (400, "InvalidParameter")


# --- who asks ---------------------------------------------------------------------------------------------------------


def test_a_wrong_signature_is_told_the_string_to_sign_after_the_first_colon(client):
    _, body = call(rpc_event(client, secret="wrong"))
    assert body["Code"] == "SignatureDoesNotMatch"
    assert body["Message"].partition(":")[2].startswith("POST&%2F&AccessKeyId%3D")


def test_a_string_to_sign_with_images_in_it_is_not_sent_back(client):
    _, body = call(rpc_event(client, {"SourceImageValue": "x" * 100_000}, secret="wrong"))
    assert ":" in body["Message"] and len(body["Message"]) < 300


@pytest.mark.parametrize(("seconds", "status"), [(-890, 200), (890, 200), (-905, 400), (905, 400)])
def test_a_signature_lives_15_minutes(client, seconds, status):
    assert call(rpc_event(client, Timestamp=iso(seconds)))[0] == status


def test_a_nonce_is_accepted_once(client):
    event = rpc_event(client)
    assert code(event) == (200, "1")
    event["requestContext"]["requestId"] = "another request"
    assert code(event) == (400, "SignatureNonceUsed")


def test_a_refused_signature_does_not_use_up_the_nonce(client):
    assert code(rpc_event(client, secret="wrong", SignatureNonce="n"))[1] == "SignatureDoesNotMatch"
    assert code(rpc_event(client, SignatureNonce="n")) == (200, "1")


def test_a_refused_permission_does_not_use_up_the_nonce(client, monkeypatch):
    other = clients().create("other", allow=("DetectFace",))
    monkeypatch.setattr(admission, "spend", None)
    assert code(rpc_event(other))[1] == "Error.NoPermissionAccess"


def test_an_expired_request_asks_for_no_key(client, monkeypatch):
    monkeypatch.setattr(admission, "clients", None)
    assert code(rpc_event(client, Timestamp=iso(-1000)))[1] == "InvalidTimeStamp.Expired"


def test_an_unknown_key_is_not_found(client):
    assert code(rpc_event(client, AccessKeyId="LTAInobody")) == (404, "InvalidAccessKeyId.NotFound")


def test_a_disabled_key_is_inactive(client):
    clients().disable(client.id)
    assert code(rpc_event(client)) == (400, "InvalidAccessKeyId.Inactive")


def test_a_client_may_call_only_what_it_is_allowed(client):
    other = clients().create("other", allow=("DetectFace",))
    assert code(rpc_event(other)) == (403, "Error.NoPermissionAccess")


def test_a_rotated_secret_works_at_once_in_a_container_that_has_read_the_former(client, monkeypatch):
    assert code(rpc_event(client)) == (200, "1")
    rotated = _store_of_another_process().rotate(client.id, grace_seconds=0)
    monkeypatch.setattr("visage.access.clients.REFRESH_SECONDS", 0)
    assert code(rpc_event(rotated)) == (200, "1")
    assert code(rpc_event(client)) == (400, "SignatureDoesNotMatch")


def _store_of_another_process():
    from visage import aws
    from visage.access.clients import ClientStore

    return ClientStore(settings().client_path, aws.client("ssm"))


@pytest.mark.parametrize(
    ("token", "expected"),
    [(None, "MissingSecurityToken"), ("other", "InvalidSecurityToken.MismatchWithAccessKey"), ("own", "1")],
)
def test_a_temporary_client_must_show_its_token(client, token, expected):
    temporary = clients().create("session", session_seconds=60)
    shown = temporary.token if token == "own" else token
    assert code(rpc_event(temporary, SecurityToken=shown))[1] == expected


def test_a_temporary_client_ends(client):
    ended = clients().create("session", session_seconds=-1)
    assert code(rpc_event(ended, SecurityToken=ended.token)) == (400, "InvalidSecurityToken.Expired")


def test_a_token_with_a_permanent_key_is_refused(client):
    assert code(rpc_event(client, SecurityToken="x"))[1] == "InvalidSecurityToken.MismatchWithAccessKey"


def test_a_get_is_refused_after_its_signature_is_verified(client):
    assert code(rpc_event(client, method="GET")) == (403, "UnsupportedHTTPMethod")
    assert code(rpc_event(client, method="GET", secret="wrong")) == (400, "SignatureDoesNotMatch")


# --- ACS3 -------------------------------------------------------------------------------------------------------------


def test_acs3_names_the_action_in_a_signed_header(client):
    assert code(acs3_event(client, {"Do": "x"})) == (200, "1")


@pytest.mark.parametrize("name", ["x-acs-action", "x-acs-date", "x-acs-signature-nonce", "host"])
def test_what_decides_must_be_signed(client, name):
    assert code(acs3_event(client, {}, unsigned=(name,))) == (400, "IncompleteSignature")


@pytest.mark.parametrize(("name", "missing"), [("x-acs-signature-nonce", "SignatureNonce"), ("x-acs-date", "Timestamp")])
def test_acs3_needs_a_nonce_and_a_date(client, name, missing):
    assert code(acs3_event(client, {}, **{name.replace("-", "_"): None})) == (400, f"Missing{missing}")


def test_an_acs3_nonce_is_accepted_once(client):
    event = acs3_event(client, {"Do": "x"})
    assert code(event) == (200, "1")
    event["requestContext"]["requestId"] = "another request"
    assert code(event) == (400, "SignatureNonceUsed")


def test_another_acs3_scheme_is_not_supported(client):
    event = acs3_event(client, {})
    authorization = event["multiValueHeaders"]["Authorization"][0]
    event["multiValueHeaders"]["Authorization"] = [authorization.replace("SHA256", "SM3", 1)]
    assert code(event) == (400, "InvalidSignatureMethod")


def test_roa_signatures_are_not_for_this_path(client):
    event = gateway_event("POST", [("Action", "CompareFaces"), ("Version", "2019-03-07")])
    event["multiValueHeaders"]["Authorization"] = [f"acs {client.id}:AAAA"]
    assert code(event) == (400, "InvalidSignatureMethod")


# --- the front door ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("identity", "expected"), [({"apiKeyId": "k"}, "faces.example.org"), ({}, "x.execute-api.example.com")]
)
def test_the_forwarded_host_is_believed_only_from_our_distribution(identity, expected):
    headers = {"Host": "x.execute-api.example.com", "X-Forwarded-Host": "faces.example.org"}
    assert Request.from_event(gateway_event("POST", [], headers=headers, identity=identity)).host == expected


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
