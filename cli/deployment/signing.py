"""Signs requests like official clients: RPC v1 and ROA v1, HMAC-SHA1."""

import secrets
import time
from collections.abc import Iterable, Mapping
from email.utils import formatdate
from typing import Any

from visage.api.dialects.request import Request
from visage.api.security.signatures import roa_signature, rpc_signature

_SIGNING_HEADERS = {
    "authorization",
    "date",
    "x-acs-security-token",
    "x-acs-signature-method",
    "x-acs-signature-nonce",
    "x-acs-signature-version",
}


def signature_parameters(
    method: str, parameters: Iterable[tuple[str, str]], key_id: str, secret: str
) -> dict[str, str]:
    """The signature parameters that complete a request with these query and form parameters."""
    added = {
        "AccessKeyId": key_id,
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": secrets.token_hex(16),
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    return added | {"Signature": rpc_signature(method, [*parameters, *added.items()], secret)}


def signed_headers(event: Mapping[str, Any], key_id: str, secret: str) -> dict[str, str]:
    """The headers of a ROA request's API Gateway event, signed anew with this key."""
    headers = {name: value for name, value in event["headers"].items() if name.lower() not in _SIGNING_HEADERS}
    headers |= {
        "Date": formatdate(usegmt=True),
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-version": "1.0",
        "x-acs-signature-nonce": secrets.token_hex(16),
    }
    request = Request.from_event({**event, "headers": headers, "multiValueHeaders": None})
    return headers | {"Authorization": f"acs {key_id}:{roa_signature(request, secret)}"}
