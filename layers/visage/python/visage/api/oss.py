"""The subset of OSS's API that uploaders use: PutObject with a signed request, errors in OSS's XML."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from visage.access.clients import Client
from visage.access.grants import prefixes
from visage.api.dialects.request import Request
from visage.api.dialects.responses import Reply
from visage.api.errors import TABLE, told
from visage.api.operation import Handler, framed
from visage.api.security.admission import admit
from visage.api.security.oss_signatures import place, read_oss_claim
from visage.errors import Reason, VisageError
from visage.media.sources import is_key

GRANTING = ("UploadCredentials", "DescribeOssUploadToken", "GetVerifyToken")
"""Actions that grant uploads: a client with one of these permissions may upload."""
IMAGES = frozenset(f"image/{kind}" for kind in ("jpeg", "jpg", "png", "bmp", "x-ms-bmp", "gif", "webp"))
"""The API's BinaryMediaTypes: bodies of these types arrive as bytes, others as text."""

_WIRE = {
    Reason.KEY_UNKNOWN: (403, "InvalidAccessKeyId"),
    Reason.KEY_INACTIVE: (403, "InvalidAccessKeyId"),
    Reason.SIGNATURE_MISMATCH: (403, "SignatureDoesNotMatch"),
    Reason.TIMESTAMP_EXPIRED: (403, "RequestTimeTooSkewed"),
    Reason.TOKEN_EXPIRED: (403, "SecurityTokenExpired"),
    Reason.TOKEN_MISMATCH: (403, "InvalidSecurityToken"),
    Reason.TOKEN_REQUIRED: (403, "InvalidSecurityToken"),
    Reason.NOT_PERMITTED: (403, "AccessDenied"),
    Reason.PAST_FRONT_DOOR: (403, "AccessDenied"),
    Reason.THROTTLED: (503, "QpsLimitExceeded"),
    Reason.UNKNOWN_ACTION: (501, "NotImplemented"),
    Reason.CONTENDED: (503, "ServiceUnavailable"),
    Reason.OUT_OF_TIME: (503, "ServiceUnavailable"),
    Reason.INTERNAL: (500, "InternalError"),
}


@dataclass(frozen=True, slots=True)
class OssCall:
    """An admitted PutObject request."""

    action: str
    client: Client
    request_id: str
    key: str
    content: bytes = field(repr=False)
    content_type: str

    @property
    def library(self) -> str:
        return self.client.own_library

    @classmethod
    def read(cls, action: str, client: Client, request: Request) -> "OssCall":
        """Raises VisageError: FIELD_INVALID or NOT_PERMITTED."""
        _bucket, key = place(request)
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not is_key(key):
            raise VisageError(Reason.FIELD_INVALID, "The object's name has a control character, or over 1,024 bytes.")
        if not any(key.startswith(f"{prefix}/") for prefix in prefixes(client).values()):
            raise VisageError(Reason.NOT_PERMITTED, f"Your objects' names begin with {client.own_library}/uploads/.")
        if content_type not in IMAGES:
            raise VisageError(Reason.FIELD_INVALID, f"The Content-Type must be one of {', '.join(sorted(IMAGES))}.")
        return cls(action, client, request.id, key, request.body, content_type)


def oss_operation(function: Callable[[OssCall], None]) -> Handler:
    """Make a Lambda handler of a function that stores the object of a call, which OSS's clients have signed.

    A signature of theirs has no nonce: where it comes again, the same object is put again.
    """

    def read(request: Request) -> tuple[Reply, Callable[[], OssCall]]:
        def admitted() -> OssCall:
            _check_shape(request)
            client = admit(read_oss_claim(request), GRANTING, request.id, writes=False)
            return OssCall.read("PutObject", client, request)

        return OssReply(request), admitted

    return framed(function, "PutObject", read, Reason.INTERNAL)


def _check_shape(request: Request) -> None:
    """Raises VisageError(UNKNOWN_ACTION) unless the request puts one object: no parts, no copy, no sub-resource."""
    if request.method != "PUT" or request.query or "x-oss-copy-source" in request.headers:
        raise VisageError(Reason.UNKNOWN_ACTION, "Only PutObject is offered here.")


@dataclass(frozen=True, slots=True)
class OssReply:
    """A response in OSS's format."""

    request: Request

    def success(self, _data: Any) -> dict[str, Any]:
        digest = hashlib.md5(self.request.body, usedforsecurity=False).digest()
        stored = {"ETag": f'"{digest.hex().upper()}"', "Content-MD5": base64.b64encode(digest).decode()}
        return self._response(200, "", stored)

    def failure(self, error: VisageError, call: Any = None) -> dict[str, Any]:
        status, code = _WIRE.get(error.reason, (400, "InvalidArgument"))
        wire = TABLE[error.reason]
        body = {
            "Code": code,
            "Message": told(wire, wire.says or wire.message, error),
            "RequestId": self.request.id,
            "HostId": self.request.host,
        }
        elements = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in body.items())
        text = f'<?xml version="1.0" encoding="UTF-8"?><Error>{elements}</Error>'
        return self._response(status, text, {"Content-Type": "application/xml"})

    def _response(self, status: int, text: str, headers: dict[str, str]) -> dict[str, Any]:
        headers = {**headers, "Cache-Control": "no-store", "x-oss-request-id": self.request.id}
        return {"statusCode": status, "headers": headers, "body": text, "isBase64Encoded": False}
