"""API Gateway events of signed requests, built as the official Python clients, classic and Tea, build theirs."""

import hashlib
import hmac
import json
import time
import uuid
from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

from visage.access.clients import Client
from visage.api.dialects.request import Request
from visage.api.security.signatures import roa_signature, rpc_signature


def system_parameters(client: Client, **changes: str | None) -> dict[str, str]:
    """The query of a CompareFaces call by `client`, unsigned; a change to None omits the parameter."""
    parameters = {
        "Version": "2019-03-07",
        "Action": "CompareFaces",
        "Format": "JSON",
        "RegionId": "cn-hangzhou",
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "SignatureMethod": "HMAC-SHA1",
        "SignatureType": "",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "AccessKeyId": client.id,
        **changes,
    }
    return {name: value for name, value in parameters.items() if value is not None}


def rpc_event(
    client: Client,
    form: dict[str, str] | None = None,
    *,
    method: str = "POST",
    secret: str | None = None,
    in_form: bool = False,
    **changes: str | None,
) -> dict[str, Any]:
    """A signed call; `in_form` puts every parameter into the body, as the PHP and Node clients do."""
    system = system_parameters(client, **changes)
    form = form or {}
    system["Signature"] = rpc_signature(
        method, [*system.items(), *form.items()], secret or client.secrets[0].value
    )
    query, fields = ({}, system | form) if in_form else (system, form)
    return gateway_event(method, list(query.items()), urlencode(fields))


def acs3_event(
    client: Client, form: dict[str, str], *, unsigned: tuple[str, ...] = (), **changes: str | None
) -> dict[str, Any]:
    """A call signed by ACS3, like the Tea client's; a change to None omits the header."""
    body = urlencode(form)
    headers = {
        "host": "faces.example.com",
        "content-type": "application/x-www-form-urlencoded",
        "x-acs-action": "CompareFaces",
        "x-acs-version": "2019-03-07",
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(body.encode()).hexdigest(),
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    headers = {name: value for name, value in headers.items() if value is not None}
    signed = sorted(headers.keys() - set(unsigned))
    lines = "".join(f"{name}:{headers[name]}\n" for name in signed)
    digest = hashlib.sha256(body.encode()).hexdigest()
    canonical = "\n".join(("POST", "/", "", lines, ";".join(signed), digest))
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(client.secrets[0].value.encode(), text.encode(), hashlib.sha256).hexdigest()
    authorization = (
        f"ACS3-HMAC-SHA256 Credential={client.id},SignedHeaders={';'.join(signed)},Signature={signature}"
    )
    return gateway_event("POST", [], body, {**headers, "Authorization": authorization})


def green_event(
    client: Client,
    path: str,
    body: Any = None,
    *,
    method: str = "POST",
    query: dict[str, str] | None = None,
    secret: str | None = None,
    seconds: float = 0,
    **changes: str | None,
) -> dict[str, Any]:
    """A ROA call without a nonce, dated so many `seconds` from now; `body` is JSON's value or the text itself.

    A change is a header, with "_" for "-"; to None, it is left out.
    """
    text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
    headers = {
        "Host": "faces.example.com",
        "Accept": "application/json",
        "Content-Type": "application/octet-stream" if text else None,
        "Date": formatdate(time.time() + seconds, usegmt=True),
        "x-acs-version": "2018-05-09",
        "x-acs-region-id": "cn-shanghai",
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-version": "1.0",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    headers = {name: value for name, value in headers.items() if value is not None}
    event = gateway_event(method, list((query or {"RegionId": "cn-shanghai"}).items()), text, headers, path)
    signature = roa_signature(Request.from_event(event), secret or client.secrets[0].value)
    event["multiValueHeaders"]["Authorization"] = [f"acs {client.id}:{signature}"]
    event["headers"]["Authorization"] = f"acs {client.id}:{signature}"
    return event


def gateway_event(
    method: str,
    query: list[tuple[str, str]],
    body: str = "",
    headers: dict[str, str] | None = None,
    path: str = "/",
    identity: dict[str, str] | None = None,
) -> dict[str, Any]:
    if headers is None:
        headers = {"Host": "faces.example.com", "Content-Type": "application/x-www-form-urlencoded"}
    several: dict[str, list[str]] = {}
    for name, value in query:
        several.setdefault(name, []).append(value)
    return {
        "httpMethod": method,
        "path": path,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": several or None,
        "body": body or None,
        "isBase64Encoded": False,
        "requestContext": {"requestId": str(uuid.uuid4()), "identity": identity or {}},
    }
