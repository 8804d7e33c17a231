"""The Green edge around an operation: responses, accepted requests, and replays."""

import json

import pytest

from tests.support.edge import call, green_list, green_read, green_write
from tests.support.events import green_event
from visage.access.clients import clients
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")

PATH = "/green/sface/groups"


def answered(event, function=green_read):
    """Status, Green's number and the other product's code."""
    status, body = call(event, function)
    return status, body["code"], body.get("Code")


def data(client, text):
    return call(green_event(client, PATH, text), green_write)[1].get("data")


# --- answers ----------------------------------------------------------------------------------------------------------


def test_success(client):
    event = green_event(client, PATH, {"groupId": "g"})
    status, body = call(event, green_read)
    assert status == 200
    assert body == {
        "code": 200,
        "msg": "OK",
        "requestId": event["requestContext"]["requestId"].upper(),
        "data": {"library": client.id, "client": client.id, "nonce": None, "body": {"groupId": "g"}},
    }


def test_an_error_has_both_products_fields(client):
    event = green_event(client, PATH, {"do": "refuse"})
    status, body = call(event, green_read)
    request_id = event["requestContext"]["requestId"].upper()
    sentence = "The group does not exist. There is no group g."
    assert status == 400
    assert body == {
        "code": 404,
        "msg": sentence,
        "requestId": request_id,
        "Code": "InvalidParam.GroupNotExists",
        "Message": sentence,
        "RequestId": request_id,
        "HostId": "faces.example.com",
    }


def test_answers_are_json_and_not_to_be_cached(client):
    headers = green_read(green_event(client, PATH), None)["headers"]
    assert headers["Content-Type"] == "application/json;charset=utf-8"
    assert headers["Cache-Control"] == "no-store"


def test_business_errors_can_be_answered_with_http_200_and_others_not(client, monkeypatch):
    monkeypatch.setenv("VISAGE_ERROR_STATUS", "200")
    settings.cache_clear()
    assert answered(green_event(client, PATH, {"do": "refuse"})) == (200, 404, "InvalidParam.GroupNotExists")
    assert answered(green_event(client, PATH, "{")) == (200, 400, "InvalidParam.BodyNotJson")
    assert answered(green_event(client, PATH, secret="wrong"))[0] == 400
    assert answered(green_event(client, PATH, {"do": "break"})) == (500, 500, "Error.InternalError")


def test_a_byte_order_mark_before_the_json_is_ignored(client):
    assert answered(green_event(client, PATH, '\ufeff{"do": "refuse"}')) == answered(
        green_event(client, PATH, {"do": "refuse"})
    )
    assert answered(green_event(client, PATH, "\ufeff\ufeff{}"))[2] == "InvalidParam.BodyNotJson"


@pytest.mark.parametrize("text", ["a" * 6 * 2**20, "人" * 2**20, '"' * 2 * 2**20])
def test_a_response_over_lambdas_limit_has_its_own_error(client, text):
    sent = json.dumps({"note": text}, ensure_ascii=False)
    assert answered(green_event(client, PATH, sent)) == (400, 589, "InvalidParam.AnswerTooLarge")


def test_an_unexpected_error_is_an_internal_error_without_its_message(client, log):
    status, body = call(green_event(client, PATH, {"do": "break"}), green_read)
    assert (status, body["code"]) == (500, 500)
    assert "a secret" not in json.dumps(body) + log.getvalue()
    assert "ZeroDivisionError" in log.getvalue()


def test_internal_errors_are_logged_and_not_revealed(client, log):
    _, body = call(green_event(client, PATH, {"do": "miss a model"}), green_read)
    assert body["code"] == 500 and "the model is missing" not in json.dumps(body)
    assert "the model is missing" in log.getvalue()


# --- who asks ---------------------------------------------------------------------------------------------------------


def test_clients_with_one_library_share_it():
    clients_of_one = [clients().create(name, library="acme") for name in ("first", "second")]
    libraries = [call(green_event(client, PATH), green_read)[1]["data"]["library"] for client in clients_of_one]
    assert libraries == ["acme", "acme"]


def test_a_wrong_signature_is_told_the_string_to_sign_after_the_first_colon(client):
    _, body = call(green_event(client, PATH, {}, secret="wrong"), green_read)
    assert body["Code"] == "SignatureDoesNotMatch"
    assert body["Message"].partition(":")[2].startswith("POST\napplication/json\n")


def test_a_client_may_call_only_what_it_is_allowed():
    reader = clients().create("reader", allow=("GetGroups",))
    assert answered(green_event(reader, PATH))[0] == 200
    assert answered(green_event(reader, PATH), green_write) == (403, 596, "Error.NoPermissionAccess")


@pytest.mark.parametrize(
    ("token", "expected"),
    [(None, "MissingSecurityToken"), ("other", "InvalidSecurityToken.MismatchWithAccessKey"), ("own", None)],
)
def test_a_temporary_client_must_show_its_token(token, expected):
    temporary = clients().create("session", session_seconds=60)
    shown = temporary.token if token == "own" else token
    assert answered(green_event(temporary, PATH, x_acs_security_token=shown))[2] == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"x_acs_version": None}, (400, 400, "MissingVersion")),
        ({"x_acs_version": "2022-03-02"}, (400, 400, "InvalidVersion")),
        ({"Date": None}, (400, 400, "MissingDate")),
        ({"Date": "yesterday"}, (400, 400, "InvalidTimeStamp.Format")),
        ({"seconds": -901}, (400, 400, "InvalidTimeStamp.Expired")),
        ({"seconds": 901}, (400, 400, "InvalidTimeStamp.Expired")),
        ({"x_acs_signature_method": "HMAC-SM3"}, (400, 400, "InvalidSignatureMethod")),
        ({"method": "GET"}, (403, 403, "UnsupportedHTTPMethod")),
    ],
)
def test_invalid_requests(client, changes, expected):
    assert answered(green_event(client, PATH, **changes)) == expected


def test_an_unsigned_request_is_refused(client):
    event = green_event(client, PATH)
    del event["multiValueHeaders"]["Authorization"]
    assert answered(event) == (400, 400, "IncompleteSignature")


def test_an_unknown_key_is_not_found(client):
    stranger = clients().create("stranger")
    event = green_event(stranger, PATH)
    authorization = event["headers"]["Authorization"].replace(stranger.id, "LTAInobody")
    event["multiValueHeaders"]["Authorization"] = [authorization]
    assert answered(event) == (404, 404, "InvalidAccessKeyId.NotFound")


@pytest.mark.parametrize("version", ["2017-01-12", "2018-05-09"])
def test_both_versions_are_known(client, version):
    assert answered(green_event(client, PATH, x_acs_version=version))[0] == 200


def test_the_version_may_come_in_the_query_as_php_sends_it(client):
    assert answered(green_event(client, PATH, x_acs_version=None, query={"Version": "2018-05-09"}))[0] == 200


@pytest.mark.parametrize("name", ["ClientInfo", "clientInfo"])
def test_client_info_is_tolerated(client, name):
    assert answered(green_event(client, PATH, query={name: '{"userId": "1"}'}))[0] == 200


# --- the body ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content_type", [None, "application/octet-stream", "application/json", "application/json; charset=utf-8"]
)
def test_the_content_type_does_not_matter(client, content_type):
    event = green_event(client, PATH, {"name": "Ünï 人"}, **{"Content-Type": content_type})
    assert call(event, green_read)[1]["data"]["body"] == {"name": "Ünï 人"}


@pytest.mark.parametrize("text", [None, "", " \r\n"])
def test_no_body_is_an_empty_object(client, text):
    assert data(client, text) == {}


def test_an_operation_can_accept_a_list(client):
    assert call(green_event(client, PATH, ["t1"]), green_list)[1]["data"] == ["t1"]
    assert call(green_event(client, PATH), green_list)[1]["data"] == []
    assert answered(green_event(client, PATH, {}), green_list) == (400, 400, "InvalidParam.BodyNotJson")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "It is not valid JSON."),
        ("personId=1", "It is not valid JSON."),
        ('{"a": NaN}', "It is not valid JSON."),
        ('{"a": -Infinity}', "It is not valid JSON."),
        ('{"a": 1e999}', "It is not valid JSON."),
        ('{"a": ' + "9" * 5000 + "}", "It is not valid JSON."),
        ('{"a": "\\ud800"}', "It is not valid Unicode in UTF-8."),
        ('{"a": ["\\uDC00\\ud800"]}', "It is not valid Unicode in UTF-8."),
        ('{"\\udfff": 1}', "It is not valid Unicode in UTF-8."),
        ('{"a": "\ud800"}', "It is not valid Unicode in UTF-8."),
        ('{"a": 1, "b": {"c": 1, "c": 1}}', "A field is given twice."),
        ("[" * 100_000, "It is nested too deeply."),
        ('{"a":' * 100_000, "It is nested too deeply."),
        ("[]", "It must be a JSON object."),
        ("null", "It must be a JSON object."),
        ('"text"', "It must be a JSON object."),
    ],
)
def test_a_body_that_is_not_json_is_told_why(client, text, sentence):
    status, body = call(green_event(client, PATH, text), green_read)
    assert (status, body["code"], body["Code"]) == (400, 400, "InvalidParam.BodyNotJson")
    assert body["msg"] == f"The request body is not well formatted. {sentence}"


def test_a_pair_of_surrogates_is_one_character(client):
    assert data(client, '{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_an_escaped_backslash_before_a_u_is_no_surrogate(client):
    assert data(client, r'{"a": "\\ud800"}') == {"a": r"\ud800"}


# --- what is logged ---------------------------------------------------------------------------------------------------


def test_nothing_of_the_body_query_key_or_signature_is_logged(client, log):
    event = green_event(client, PATH, {"personId": "ann-07", "do": "refuse"}, query={"ClientInfo": "umid-99"})
    green_read(event, None)
    green_read(green_event(client, PATH, {"personId": "ann-07"}, secret="wrong"), None)
    logged = log.getvalue()
    assert "GROUP_UNKNOWN" in logged and "SIGNATURE_MISMATCH" in logged
    signature = event["headers"]["Authorization"].partition(":")[2]
    assert not [text for text in ("ann-07", "umid-99", client.id, client.secrets[0].value, signature) if text in logged]
