"""Differences between official clients, with strings to sign written by hand as those clients write them."""

import base64
import hashlib
import hmac

import pytest

from tests.support.events import gateway_event
from visage.api.dialects.request import Request
from visage.api.dialects.rpc import RpcRequest
from visage.api.security.signatures import read_roa_claim, read_rpc_claim

DATE = "Fri, 20 Nov 2026 17:07:08 GMT"


def hmac_sha1(text: str, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def roa_accepts(string: str, query: list[tuple[str, str]], body: str = "", **headers: str) -> bool:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers["authorization"] = f"acs LTAI:{hmac_sha1(string, 'secret')}"
    event = gateway_event("POST", query, body, headers, "/p")
    return read_roa_claim(Request.from_event(event)).proved_by("secret")


@pytest.mark.parametrize(
    ("client", "resource", "query"),
    [
        ("php", "/p?", []),
        ("others", "/p", []),
        ("java and php", "/p?ClientInfo&RegionId=cn", [("RegionId", "cn"), ("ClientInfo", "")]),
        ("node", "/p?ClientInfo=&RegionId=cn", [("RegionId", "cn"), ("ClientInfo", "")]),
    ],
)
def test_roa_paths_and_empty_values(client, resource, query):
    string = f"POST\napplication/json\n\n\n{DATE}\nx-acs-version:2018-05-09\n{resource}"
    assert roa_accepts(string, query, accept="application/json", date=DATE, x_acs_version="2018-05-09")


def test_roa_clients_that_sign_the_md5_of_an_empty_body():
    string = f"POST\n\n1B2M2Y8AsgTpgAmY7PhCfg==\n\n{DATE}\n/p"
    assert roa_accepts(string, [], date=DATE)


def test_php_signs_no_md5_of_a_raw_body_but_a_nonce():
    string = f"POST\n\n\napplication/json\n{DATE}\nx-acs-signature-nonce:n\n/p?"
    assert roa_accepts(string, [], "{}", content_type="application/json", date=DATE, x_acs_signature_nonce="n")


def test_a_body_is_signed_by_its_md5_where_there_is_no_nonce():
    string = f"POST\n\n{{}}\n\n{DATE}\n/p"
    assert roa_accepts(string.format("mZFLkyvTelC5g8XnyQrpOw=="), [], "{}", date=DATE)
    assert not roa_accepts(string.format(""), [], "{}", date=DATE)


def test_a_header_line_left_out_is_not_the_line_left_empty():
    # Else the Content-MD5 of a body could be taken for the Accept of another.
    string = f"POST\n\n{DATE}\n/p"
    assert not roa_accepts(string, [], date=DATE)


@pytest.mark.parametrize("signed", ["a%3D1%26b%3D", "a%3D1"])
def test_rpc_clients_sign_empty_values_or_leave_them_out(signed):
    system = [("AccessKeyId", "LTAI"), ("SignatureNonce", "n"), ("Timestamp", "2026-11-20T17:07:08Z")]
    common = "AccessKeyId%3DLTAI%26SignatureNonce%3Dn%26Timestamp%3D2026-11-20T17%253A07%253A08Z"
    signature = hmac_sha1(f"POST&%2F&{common}%26{signed}", "secret&")
    request = Request.from_event(gateway_event("POST", [*system, ("a", "1"), ("b", ""), ("Signature", signature)]))
    assert read_rpc_claim(request, RpcRequest.read(request).parameters).proved_by("secret")
