"""Signatures of OSS in a request's headers, V1 (HMAC-SHA1) and V4 (HMAC-SHA256), as its SDKs put one object.

OSS's documentation names them "Include signatures in the Authorization header" and "(recommended) V4 signature". Both
sign the bucket and the key, whichever of the two the address writes first.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from visage.access import tickets
from visage.api.dialects.request import Request
from visage.api.security.signatures import Claim, Text, http_time, required
from visage.errors import Reason, VisageError
from visage.settings import settings

_V1, _V4 = "OSS", "OSS4-HMAC-SHA256"
_FIELD = re.compile(r"(Credential|AdditionalHeaders|Signature)=([^, ]+)")
_SCOPE = re.compile(r"(\d{8})/([a-z0-9-]{1,64})/(oss)/aliyun_v4_request")
_PAYLOAD = "UNSIGNED-PAYLOAD"
_ALWAYS_SIGNED = ("content-md5", "content-type")
Sign = Callable[[Text, str], str]


def place(request: Request) -> tuple[str, str]:
    """Bucket and key that a request's address names: the bucket in the path, or as the first label of the host."""
    path, bucket = unquote(request.path).removeprefix("/"), settings().upload_bucket
    if path.startswith(f"{bucket}/"):
        return bucket, path.removeprefix(f"{bucket}/")
    return request.host.partition(".")[0], path


def read_oss_claim(request: Request) -> Claim:
    """The claim of a request that puts an object.

    Raises VisageError: PARAMETER_REQUIRED, SIGNATURE_INCOMPLETE, SIGNATURE_UNSUPPORTED, TIMESTAMP_MALFORMED or
    TOKEN_EXPIRED.
    """
    scheme, _, credential = request.headers.get("authorization", "").strip().partition(" ")
    if scheme == _V1:
        return _v1_claim(request, credential)
    if scheme == _V4:
        return _v4_claim(request, credential)
    raise VisageError(Reason.SIGNATURE_UNSUPPORTED if scheme else Reason.SIGNATURE_INCOMPLETE)


def _v1_claim(request: Request, credential: str) -> Claim:
    key_id, _, signature = credential.partition(":")
    if not (key_id and signature):
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    headers = request.headers
    date = headers.get("x-oss-date") or required(headers, "date", "Date")
    oss = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-oss-"))
    bucket, key = place(request)
    texts = [
        "\n".join((request.method, md5, headers.get("content-type", ""), date, f"{oss}/{bucket}/{key}"))
        for md5 in _md5s(request.body)
    ]
    return _claim(request, key_id, signature, http_time(date), texts, _sign_v1)


def _v4_claim(request: Request, credential: str) -> Claim:
    fields, headers = dict(_FIELD.findall(credential)), request.headers
    key_id, _, scope = fields.get("Credential", "").partition("/")
    parts = _SCOPE.fullmatch(scope)
    if parts is None or not (key_id and fields.get("Signature")):
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    date, payload = required(headers, "x-oss-date"), headers.get("x-oss-content-sha256", _PAYLOAD)
    if payload not in (_PAYLOAD, hashlib.sha256(request.body).hexdigest()):
        raise VisageError(Reason.SIGNATURE_UNSUPPORTED)
    extra = fields.get("AdditionalHeaders", "")
    signed = {*extra.split(";"), *_ALWAYS_SIGNED}
    bucket, key = place(request)
    texts = []
    for md5 in _md5s(request.body):
        given = {**headers, "host": request.host} | ({"content-md5": md5} if md5 else {})
        names = sorted(name for name in given if name.startswith("x-oss-") or name in signed)
        canonical = "\n".join((
            *(request.method, quote(f"/{bucket}/{key}", safe="/~"), ""),
            *("".join(f"{name}:{given[name]}\n" for name in names), extra, payload),
        ))
        texts.append("\n".join((_V4, date, scope, hashlib.sha256(canonical.encode()).hexdigest())))
    return _claim(
        request, key_id, fields["Signature"], _time(date), texts,
        lambda text, secret: _sign_v4(text, secret, parts.groups()),
    )  # fmt: skip


def _claim(request: Request, key_id: str, signature: str, time: datetime, texts: list[str], sign: Sign) -> Claim:
    """Signed by the client's own keys, or by a ticket's, which stand for the client's."""
    strings: list[Text] = [(text.encode(),) for text in texts]
    token = request.headers.get("x-oss-security-token")
    bearer = tickets.read(token) if token else None
    if bearer is None or key_id != f"STS.{bearer.client_id}":
        return Claim(key_id, token, None, time, signature, strings, sign)
    if bearer.ends <= datetime.now(UTC).timestamp():
        raise VisageError(Reason.TOKEN_EXPIRED)
    return Claim(
        bearer.client_id, None, None, time, signature, strings,
        lambda text, secret: sign(text, tickets.derive(secret, token)), by_ticket=True,
    )  # fmt: skip


def _md5s(body: bytes) -> tuple[str, str]:
    """What the Content-MD5 may be: none, or the body's own. API Gateway drops the header that says which."""
    return "", base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()


def _sign_v1(text: Text, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), b"".join(text), hashlib.sha1).digest()).decode()


def _sign_v4(text: Text, secret: str, scope: tuple[str, ...]) -> str:
    key = f"aliyun_v4{secret}".encode()
    for part in (*scope, "aliyun_v4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, b"".join(text), hashlib.sha256).hexdigest()


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise VisageError(Reason.TIMESTAMP_MALFORMED) from None
