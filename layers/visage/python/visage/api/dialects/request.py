"""An API Gateway REST proxy event as one frozen value."""

import base64
import hmac
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from visage.api.dialects import forms
from visage.api.dialects.forms import Pairs
from visage.errors import Reason, VisageError

ORIGIN = "x-visage-origin"
"""The header with which CloudFront sends its secret."""
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Request:
    """The client's request as API Gateway passes it on: decoded query, `path` without the stage."""

    id: str
    method: str
    path: str
    host: str
    past_front_door: bool
    """Whether it reached API Gateway without passing the distribution in front of it."""
    headers: Mapping[str, str]
    """By lower-case name; the last value of a repeated header."""
    query: Pairs
    body: bytes

    @classmethod
    def from_event(cls, event: Mapping[str, Any], origin_secrets: Collection[str] = ()) -> "Request":
        """Parse an event. `origin_secrets`: the distribution in front of the API, if any, sends one of them."""
        context = event.get("requestContext") or {}
        headers = {name.lower(): str(value) for name, value in _headers(event)}
        shown = headers.pop(ORIGIN, "").encode()
        through = any(hmac.compare_digest(shown, each.encode()) for each in origin_secrets)
        return cls(
            id=(context.get("requestId") or str(uuid.uuid4())).upper(),
            method=event["httpMethod"].upper(),
            path=event["path"],
            # Only the distribution's value of this header is trusted; other senders could say anything.
            host=(through and headers.get("x-forwarded-host")) or headers.get("host", ""),
            # A direct invocation of the function, which IAM allows, does not come through API Gateway.
            past_front_door=bool(origin_secrets) and not through and "apiId" in context,
            headers=MappingProxyType(headers),
            query=tuple(_query(event)),
            body=_body(event),
        )

    @property
    def origin(self) -> str:
        """Where the client called, such as `https://faces.example.com`."""
        return f"{self.headers.get('x-forwarded-proto', 'https')}://{self.host}"

    @property
    def signed_by_acs3(self) -> bool:
        return self.headers.get("authorization", "").startswith("ACS3-")

    def form(self) -> Pairs:
        """The fields of a form body, in order; none for an empty body.

        Raises VisageError(BODY_MALFORMED) for another content type, and as `forms.fields` does.
        """
        if not self.body:
            return ()
        content_type = self.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        if content_type != _FORM:
            raise VisageError(Reason.BODY_MALFORMED, f"The content type must be {_FORM}.")
        return forms.fields(self.body)


def _headers(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    multi_values = event.get("multiValueHeaders") or {}
    if multi_values:
        return ((name, values[-1]) for name, values in multi_values.items() if values)
    return (event.get("headers") or {}).items()


def _query(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    multi_values = event.get("multiValueQueryStringParameters") or {}
    if multi_values:
        return ((name, value) for name, values in multi_values.items() for value in values)
    return (event.get("queryStringParameters") or {}).items()


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
