"""API Gateway events of objects put by OSS's official Python client and signed by it."""

import base64
from typing import Any

import oss2

from tests.support.events import gateway_event

HOST = "faces.example.com"
BUCKET = "faces"
"""The bucket that OSS's clients derive from the front door `HOST`."""


def put_event(
    auth: Any,
    key: str,
    content: bytes,
    *,
    content_type: str = "image/jpeg",
    host: str = HOST,
    bucket: str = BUCKET,
    path: str | None = None,
    method: str = "PUT",
    **headers: str,
) -> dict[str, Any]:
    """`auth` is one of oss2's; `headers` are sent and signed too, with "_" for "-"."""
    request = oss2.http.Request(method, "", headers={"content-type": content_type}, region="cn-shanghai", product="oss")
    request.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    auth._sign_request(request, bucket, key)
    sent = {"Host": host, **request.headers}
    event = gateway_event(method, [], "", sent, f"/{key}" if path is None else path)
    return {**event, "body": base64.b64encode(content).decode(), "isBase64Encoded": True}
