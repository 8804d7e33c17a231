"""API Gateway events of signed RPC requests, built as the official Python client builds its requests."""

import time
import uuid
from typing import Any
from urllib.parse import urlencode

from visage.access.clients import Client
from visage.api.signatures import rpc_signature


def system_parameters(client: Client, **changes: str | None) -> dict[str, str]:
    """The query of a CompareFaces call by `client`, unsigned; a change to None leaves the parameter out."""
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


def gateway_event(
    method: str,
    query: list[tuple[str, str]],
    body: str = "",
    headers: dict[str, str] | None = None,
    path: str = "/",
    identity: dict[str, str] | None = None,
) -> dict[str, Any]:
    headers = {"Host": "faces.example.com", "Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
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
