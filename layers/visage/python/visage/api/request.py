"""An API Gateway REST proxy event as one frozen value."""

import base64
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from visage.errors import Reason, VisageError

_FORM = "application/x-www-form-urlencoded"
_MAX_FIELDS = 100

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Request:
    """What the client sent, as far as API Gateway hands it on: decoded query, `path` without the stage."""

    id: str
    method: str
    path: str
    host: str
    headers: Mapping[str, str]
    """By lower-case name; the last one of a repeated header."""
    query: Pairs
    body: bytes

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        context = event.get("requestContext") or {}
        headers = {name.lower(): str(value) for name, value in _headers(event)}
        return cls(
            id=(context.get("requestId") or str(uuid.uuid4())).upper(),
            method=event["httpMethod"].upper(),
            path=event["path"],
            host=_host(headers, context.get("identity") or {}),
            headers=MappingProxyType(headers),
            query=tuple(_query(event)),
            body=_body(event),
        )

    @property
    def signed_by_acs3(self) -> bool:
        return self.headers.get("authorization", "").startswith("ACS3-")

    def form(self) -> Pairs:
        """The fields of a form body, in order; none for an empty body.

        Raises VisageError(BODY_MALFORMED) for another content type, text that is not UTF-8, or too many fields.
        """
        if not self.body:
            return ()
        content_type = self.headers.get("content-type", _FORM).partition(";")[0].strip().lower()
        if content_type != _FORM:
            raise VisageError(Reason.BODY_MALFORMED, f"The content type must be {_FORM}.")
        try:
            text = self.body.decode()
            fields = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
        except ValueError:  # UnicodeDecodeError is one
            raise VisageError(Reason.BODY_MALFORMED, "The body must be a UTF-8 form of at most 100 fields.") from None
        return tuple(fields)


def _headers(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    several = event.get("multiValueHeaders") or {}
    if several:
        return ((name, values[-1]) for name, values in several.items() if values)
    return (event.get("headers") or {}).items()


def _query(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    several = event.get("multiValueQueryStringParameters") or {}
    if several:
        return ((name, value) for name, values in several.items() for value in values)
    return (event.get("queryStringParameters") or {}).items()


def _host(headers: Mapping[str, str], identity: Mapping[str, Any]) -> str:
    # Only our CloudFront distribution knows the API key that lets a call in, so only then is its copy of Host true.
    behind_front_door = bool(identity.get("apiKeyId"))
    return (behind_front_door and headers.get("x-forwarded-host")) or headers.get("host", "")


def _body(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode("utf-8", "surrogatepass")
