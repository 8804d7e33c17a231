"""Request signatures: RPC v1 (HMAC-SHA1), ROA v1 (HMAC-SHA1) and ACS3-HMAC-SHA256.

A request is parsed into a `Claim`: its alleged sender, and the strings it may have signed. Official clients differ in
how they write empty values into the string, and API Gateway drops Content-MD5 and decodes the query. So one request can
have several such strings; a signature of any of them is valid.

The strings can be longer than a body of 6 MB, so they are made only once the key is known, and in pieces: what is long
is neither joined nor copied, and is signed as it is.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import product
from typing import Any

from visage.api.dialects.forms import Pairs, encode
from visage.api.dialects.request import Request
from visage.errors import Reason, VisageError

_ACS3 = "ACS3-HMAC-SHA256"
_ACS3_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)=([^,]+)")


Text = tuple[bytes, ...]
"""A string to sign, in pieces."""


@dataclass(slots=True)
class Strings:
    """What a request may have signed, the likeliest first: written when asked for, and kept."""

    source: Iterator[Text]
    written: list[Text] = field(default_factory=list)

    def __iter__(self) -> Iterator[Text]:
        yield from self.written
        for text in self.source:
            self.written.append(text)
            yield text


@dataclass(frozen=True, slots=True)
class Claim:
    """A signed request before verification."""

    key_id: str
    token: str | None = field(repr=False)
    nonce: str | None
    time: datetime
    signature: str = field(repr=False)
    strings_to_sign: Iterable[Text] = field(repr=False)
    sign: Callable[[Text, str], str]
    """(string to sign, secret) → signature."""
    by_ticket: bool = False
    """Whether a ticket of the client's has signed, which needs no token of the client's own."""

    def proved_by(self, *secrets: str) -> bool:
        """Whether the signature is one of these secrets'. Raises VisageError(BODY_MALFORMED), see `forms.encode`."""
        given = self.signature.encode()
        return any(
            hmac.compare_digest(self.sign(text, secret).encode(), given)
            for text in self.strings_to_sign
            for secret in secrets
        )

    def expected(self, most: int) -> str:
        """The string that the client should have signed; "" if it has more than so many bytes."""
        first = next(iter(self.strings_to_sign))
        return b"".join(first).decode() if sum(map(len, first)) <= most else ""


def read_rpc_claim(request: Request, parameters: Pairs) -> Claim:
    """The claim of a request on "/", whose query and form fields are `parameters`: ACS3 or RPC v1.

    ROA v1 is refused there: it signs neither the boundaries between parameters nor, without Content-MD5, the form.
    Raises VisageError: PARAMETER_REQUIRED, SIGNATURE_INCOMPLETE, SIGNATURE_UNSUPPORTED or TIMESTAMP_MALFORMED.
    """
    if request.signed_by_acs3:
        return _acs3_claim(request)
    if "authorization" in request.headers:
        raise VisageError(Reason.SIGNATURE_UNSUPPORTED)
    return _rpc_claim(request.method, dict(parameters), parameters)


def read_roa_claim(request: Request) -> Claim:
    """The claim of a request on an operation's own path: ACS3 or ROA v1. Raises as `read_rpc_claim` does."""
    if request.signed_by_acs3:
        return _acs3_claim(request)
    return _roa_claim(request)


# --- RPC v1: every parameter, percent-encoded, sorted -----------------------------------------------------------------


def rpc_signature(method: str, parameters: Iterable[tuple[str, str]], secret: str) -> str:
    """The `Signature` of an RPC request with these query and form parameters (without Signature itself)."""
    return _sign_rpc(next(_rpc_strings(method, parameters)), secret)


def _rpc_claim(method: str, values: Mapping[str, str], parameters: Pairs) -> Claim:
    _check_method(values.get("SignatureMethod"), values.get("SignatureVersion"))
    return Claim(
        key_id=required(values, "AccessKeyId"),
        token=values.get("SecurityToken") or None,
        nonce=required(values, "SignatureNonce"),
        time=_iso_time(required(values, "Timestamp")),
        signature=required(values, "Signature"),
        strings_to_sign=Strings(_rpc_strings(method, (pair for pair in parameters if pair[0] != "Signature"))),
        sign=_sign_rpc,
    )


def _rpc_strings(method: str, parameters: Iterable[tuple[str, str]]) -> Iterator[Text]:
    # The query is encoded once more as a whole: an escape in it begins with %25.
    pairs = [(bool(value), (encode(name, b"%25"), b"%3D", encode(value, b"%25"))) for name, value in sorted(parameters)]
    head = f"{method}&%2F&".encode()
    yield head, *_joined(pair for _, pair in pairs)
    if not all(full for full, _ in pairs):
        # PHP sends empty values, but does not sign them.
        yield head, *_joined(pair for full, pair in pairs if full)


def _joined(pairs: Iterable[Text]) -> Iterator[bytes]:
    for number, pair in enumerate(pairs):
        if number:
            yield b"%26"
        yield from pair


def _sign_rpc(text: Text, secret: str) -> str:
    return _hmac_sha1(text, secret + "&")


# --- ROA v1: method, four headers, x-acs-* headers, path and query, unencoded -----------------------------------------


def roa_signature(request: Request, secret: str) -> str:
    """The signature in the `Authorization` of a ROA request."""
    return _hmac_sha1(next(_roa_strings(request)), secret)


def _roa_claim(request: Request) -> Claim:
    headers = request.headers
    scheme, _, credential = headers.get("authorization", "").strip().partition(" ")
    key_id, _, signature = credential.rpartition(":")
    if scheme != "acs" or not (key_id and signature):
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    _check_method(headers.get("x-acs-signature-method"), headers.get("x-acs-signature-version"))
    return Claim(
        key_id=key_id,
        token=headers.get("x-acs-security-token"),
        nonce=headers.get("x-acs-signature-nonce"),  # the official Python client sends none
        time=http_time(required(headers, "date", "Date")),
        signature=signature,
        strings_to_sign=Strings(_roa_strings(request)),
        sign=_hmac_sha1,
    )


def _roa_strings(request: Request) -> Iterator[Text]:
    headers = request.headers
    accept, content_type, date = (headers.get(name, "") for name in ("accept", "content-type", "date"))
    acs = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-acs-"))
    for md5, resource in product(_content_md5s(request), _roa_resources(request)):
        yield ("\n".join((request.method, accept, md5, content_type, date, acs + resource)).encode(),)


def _content_md5s(request: Request) -> tuple[str, ...]:
    """The possible Content-MD5 lines. API Gateway drops the header, so the MD5 is computed from the body as
    received."""
    computed = base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode()
    if not request.body:
        return "", computed
    # PHP signs no MD5 of a raw body: only its nonce prevents the signature's reuse with another body.
    return (computed, "") if request.headers.get("x-acs-signature-nonce") else (computed,)


def _roa_resources(request: Request) -> dict[str, None]:
    """Path and query as clients write them: an empty value with "=" or, in Java and PHP, without; PHP ends a path
    without a query with "?"."""
    query = sorted(request.query)
    if not query:
        return dict.fromkeys((request.path, f"{request.path}?"))
    full = "&".join(f"{name}={value}" for name, value in query)
    bare = "&".join(f"{name}={value}" if value else name for name, value in query)
    return dict.fromkeys((f"{request.path}?{full}", f"{request.path}?{bare}"))


# --- ACS3: canonical request, hashed ----------------------------------------------------------------------------------


def _acs3_claim(request: Request) -> Claim:
    scheme, _, credential = request.headers["authorization"].partition(" ")
    if scheme != _ACS3:
        raise VisageError(Reason.SIGNATURE_UNSUPPORTED)
    fields = dict(_ACS3_FIELD.findall(credential))
    if fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    headers = {**request.headers, "host": request.host}
    signed = fields["SignedHeaders"].split(";")
    # What decides about the request must be signed: an unsigned x-acs-action would choose the operation.
    unsigned = {name for name in headers if name.startswith("x-acs-") or name == "host"} - set(signed)
    if unsigned or not set(signed) <= headers.keys():
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    return Claim(
        key_id=fields["Credential"],
        token=headers.get("x-acs-security-token"),
        nonce=required(headers, "x-acs-signature-nonce", "SignatureNonce"),
        time=_iso_time(required(headers, "x-acs-date", "Timestamp")),
        signature=fields["Signature"].strip(),
        strings_to_sign=Strings(_acs3_strings(request, headers, signed)),
        sign=lambda text, secret: _hmac(text, secret, hashlib.sha256).hex(),
    )


def _acs3_strings(request: Request, headers: Mapping[str, str], signed: list[str]) -> Iterator[Text]:
    canonical = b"\n".join(
        (
            f"{request.method}\n{request.path}".encode(),
            b"&".join(b"%s=%s" % (encode(name), encode(value)) for name, value in sorted(request.query)),
            "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(signed)).encode(),
            ";".join(signed).encode(),
            hashlib.sha256(request.body).hexdigest().encode(),
        )
    )
    yield (f"{_ACS3}\n{hashlib.sha256(canonical).hexdigest()}".encode(),)


# --- shared -----------------------------------------------------------------------------------------------------------


def _hmac_sha1(text: Text, key: str) -> str:
    return base64.b64encode(_hmac(text, key, hashlib.sha1)).decode()


def _hmac(text: Text, key: str, digest: Any) -> bytes:
    signing = hmac.new(key.encode(), digestmod=digest)
    for piece in text:
        signing.update(piece)
    return signing.digest()


def required(values: Mapping[str, str], name: str, title: str = "") -> str:
    value = values.get(name)
    if not value:
        raise VisageError(Reason.PARAMETER_REQUIRED, title or name)
    return value


def _check_method(method: str | None, version: str | None) -> None:
    if (method or "HMAC-SHA1").upper() != "HMAC-SHA1" or (version or "1.0") != "1.0":
        raise VisageError(Reason.SIGNATURE_UNSUPPORTED)


def _iso_time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise VisageError(Reason.TIMESTAMP_MALFORMED) from None


def http_time(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise VisageError(Reason.TIMESTAMP_MALFORMED) from None
