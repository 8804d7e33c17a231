"""REST API proxy events from HTTP requests, and HTTP responses from proxy responses.

Sources: "Lambda proxy integrations" and "Important notes for REST APIs" in the API Gateway developer guide.
"""

import base64
import json
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, unquote_plus

from local.functions.runtime import trace_id
from local.template.intrinsics import ACCOUNT
from local.template.model import Api, Route

API_ID = "local"

DROPPED_HEADERS = frozenset({
    "connection", "content-md5", "expect", "max-forwards", "proxy-authenticate", "server", "te", "trailer",
    "transfer-encoding", "upgrade", "www-authenticate",
})  # fmt: skip
"""Request headers that a REST API does not pass to the function."""
REMAPPED_HEADERS = frozenset({
    "authorization", "connection", "content-length", "content-md5", "date", "expect", "host", "max-forwards",
    "proxy-authenticate", "server", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", "www-authenticate",
})  # fmt: skip
"""Response headers of a function that a REST API renames to `x-amzn-Remapped-...`."""

Pairs = Sequence[tuple[str, str]]


class MalformedAnswerError(Exception):
    """The function's response is not one of a proxy integration."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    method: str
    path: str
    """As on the wire, without the query."""
    query: str
    """As on the wire."""
    headers: Pairs
    body: bytes
    source_ip: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def header(self, name: str) -> str | None:
        return next((value for key, value in reversed(self.headers) if key.lower() == name), None)


@dataclass(frozen=True, slots=True)
class HttpResponse:
    status: int
    headers: Pairs
    body: bytes


def parse_query(raw: str) -> list[tuple[str, str]]:
    """Decoded pairs, in order; `;` separates like `&`. Raises ValueError for a raw `|`, `{` or `}`."""
    if bad := re.search(r"[|{}]", raw):
        raise ValueError(bad[0])
    pairs = (part.partition("=") for part in re.split("[&;]", raw) if part)
    return [(unquote_plus(name), unquote_plus(value)) for name, _equals, value in pairs]


def path_parameters(route: str, path: str) -> dict[str, str] | None:
    """Values of `{name}` and `{name+}` in the route if it matches the path, otherwise None."""
    pattern = re.sub(
        r"\\\{(\w+)(\\\+)?\\\}", lambda match: f"(?P<{match[1]}>{'.+' if match[2] else '[^/]+'})", re.escape(route)
    )
    match = re.fullmatch(pattern, path if path == "/" else path.rstrip("/"))
    return None if match is None else {name: unquote(value) for name, value in match.groupdict().items()}


def find_route(api: Api, request: HttpRequest) -> Route | None:
    """The most specific route for the request: literal before `{name}` before `{name+}`, a method before ANY."""
    matching = [
        route
        for route in api.routes
        if route.method in (request.method, "ANY") and path_parameters(route.path, request.path) is not None
    ]
    return min(
        matching, key=lambda r: (r.path.count("+}"), r.path.count("{"), r.method == "ANY", -len(r.path)), default=None
    )


def proxy_event(api: Api, route: Route, request: HttpRequest) -> dict[str, Any]:
    """The event for the route's function. Raises ValueError for a query that the API refuses."""
    query = parse_query(request.query)
    host = request.header("host") or ""
    headers = _forwarded_headers(request, host, api.distribution)
    now = time.time()
    return {
        "resource": route.path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": _last(headers),
        "multiValueHeaders": _all(headers),
        "queryStringParameters": _last(query) or None,
        "multiValueQueryStringParameters": _all(query) or None,
        "pathParameters": path_parameters(route.path, request.path) or None,
        "stageVariables": dict(api.variables) or None,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": API_ID,
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "extendedRequestId": request.id,
            "httpMethod": request.method,
            "identity": {
                "accessKey": None,
                "accountId": None,
                "apiKey": None,
                "apiKeyId": None,
                "caller": None,
                "cognitoAuthenticationProvider": None,
                "cognitoAuthenticationType": None,
                "cognitoIdentityId": None,
                "cognitoIdentityPoolId": None,
                "principalOrgId": None,
                "sourceIp": request.source_ip,
                "user": None,
                "userAgent": request.header("user-agent"),
                "userArn": None,
            },
            "path": request.path,
            "protocol": "HTTP/1.1",
            "requestId": request.id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "requestTimeEpoch": int(now * 1000),
            "resourceId": "local",
            "resourcePath": route.path,
            "stage": api.stage,
        },
        **_body(api, request),
    }


def _body(api: Api, request: HttpRequest) -> dict[str, Any]:
    if (request.header("content-type") or "").partition(";")[0].strip().lower() in api.binary_types:
        return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}
    return {"body": request.body.decode("utf-8", "replace") or None, "isBase64Encoded": False}


def _forwarded_headers(
    request: HttpRequest, host: str, distribution: Mapping[str, str] | None
) -> list[tuple[str, str]]:
    hops = [value for name, value in request.headers if name.lower() == "x-forwarded-for"]
    own = [
        ("X-Amzn-Trace-Id", f"Root={trace_id()}"),
        ("X-Forwarded-For", ", ".join([*hops, request.source_ip])),
        ("X-Forwarded-Port", host.partition(":")[2] or "80"),
        ("X-Forwarded-Proto", "http"),
    ]
    if distribution is not None:
        own += [("x-forwarded-host", host), *distribution.items()]
    replaced = DROPPED_HEADERS | {name.lower() for name, _value in own}
    return [pair for pair in request.headers if pair[0].lower() not in replaced] + own


def proxy_response(payload: bytes) -> HttpResponse:
    """Turn a function's response into an HTTP response. Raises MalformedAnswerError."""
    try:
        answer = json.loads(payload)
    except ValueError as error:
        raise MalformedAnswerError("not JSON") from error
    if not isinstance(answer, dict):
        raise MalformedAnswerError("not an object")
    status, body = str(answer.get("statusCode", "")), answer.get("body")
    if not re.fullmatch("[1-5][0-9][0-9]", status):
        raise MalformedAnswerError("no statusCode")
    if not isinstance(body, str | None):
        raise MalformedAnswerError("the body is not a string")
    pairs: dict[str, tuple[str, list[str]]] = {}
    for name, value in (_mapping(answer, "headers") | _mapping(answer, "multiValueHeaders")).items():
        values = value if isinstance(value, list) else [value]
        if any(isinstance(part, dict | list | None) for part in values):
            raise MalformedAnswerError(f"the header {name} is not a string")
        pairs[name.lower()] = name, [_header_value(part) for part in values]
    headers = [
        (f"x-amzn-Remapped-{name}" if lower in REMAPPED_HEADERS else name, value)
        for lower, (name, values) in pairs.items()
        for value in values
    ]
    if "content-type" not in pairs:
        headers.append(("Content-Type", "application/json"))
    return HttpResponse(int(status), headers, (body or "").encode("utf-8", "surrogatepass"))


def _mapping(answer: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = answer.get(name) or {}
    if not isinstance(value, dict):
        raise MalformedAnswerError(f"{name} is not an object")
    return value


def _header_value(value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if re.search(r"[\r\n\0]", text):
        raise MalformedAnswerError("a header has a line break")
    return text


def _last(pairs: Pairs) -> dict[str, str]:
    return dict(pairs)


def _all(pairs: Pairs) -> dict[str, list[str]]:
    collected: dict[str, list[str]] = {}
    for name, value in pairs:
        collected.setdefault(name, []).append(value)
    return collected
