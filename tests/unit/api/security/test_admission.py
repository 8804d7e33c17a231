"""Admission at the edge: clock, key, token, signature, permission, nonce and method."""

import pytest

from tests.support.edge import call, code, iso
from tests.support.events import acs3_event, gateway_event, rpc_event
from visage import aws
from visage.access.clients import ClientStore, clients
from visage.api.security import admission
from visage.settings import settings

pytestmark = pytest.mark.usefixtures("deployment")


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


def test_an_expired_request_reads_no_key(client, monkeypatch):
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
    another_container = ClientStore(settings().client_path, aws.client("ssm"))
    rotated = another_container.rotate(client.id, grace_seconds=0)
    monkeypatch.setattr("visage.access.clients.REFRESH_SECONDS", 0)
    assert code(rpc_event(rotated)) == (200, "1")
    assert code(rpc_event(client)) == (400, "SignatureDoesNotMatch")


@pytest.mark.parametrize(
    ("token", "expected"),
    [(None, "MissingSecurityToken"), ("other", "InvalidSecurityToken.MismatchWithAccessKey"), ("own", "1")],
)
def test_a_temporary_client_must_show_its_token(client, token, expected):
    temporary = clients().create("session", session_seconds=60)
    shown = temporary.token if token == "own" else token
    assert code(rpc_event(temporary, SecurityToken=shown))[1] == expected


def test_a_temporary_client_expires(client):
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
def test_the_deciding_headers_must_be_signed(client, name):
    assert code(acs3_event(client, {}, unsigned=(name,))) == (400, "IncompleteSignature")


@pytest.mark.parametrize(
    ("name", "missing"), [("x-acs-signature-nonce", "SignatureNonce"), ("x-acs-date", "Timestamp")]
)
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
