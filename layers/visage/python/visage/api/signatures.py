"""Request signatures: RPC v1 (HMAC-SHA1), ROA v1 (HMAC-SHA1) and ACS3-HMAC-SHA256.

A request is read into a `Claim`: who it says it is from, and the strings it may have signed. Official clients differ in
how they write empty values and absent headers into the string, and API Gateway drops Content-MD5 and decodes the query,
so one request can have several such strings; a signature over any of them is good.
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
from urllib.parse import quote

from visage.api.request import Pairs, Request
from visage.errors import Reason, VisageError

_ACS3 = "ACS3-HMAC-SHA256"
_ACS3_FIELD = re.compile(r"(Credential|SignedHeaders|Signature)=([^,]+)")


@dataclass(frozen=True, slots=True)
class Claim:
    """A signed request before anything of it is proved."""

    key_id: str
    token: str | None = field(repr=False)
    nonce: str | None
    time: datetime
    signature: str = field(repr=False)
    strings_to_sign: tuple[str, ...] = field(repr=False)
    """The likeliest first; it is the one that a refused client is told."""
    sign: Callable[[str, str], str]
    """(string to sign, secret) → signature."""

    def proved_by(self, secret: str) -> bool:
        given = self.signature.encode()
        return any(hmac.compare_digest(self.sign(text, secret).encode(), given) for text in self.strings_to_sign)


def read_claim(request: Request, parameters: Pairs) -> Claim:
    """The claim of a request whose query and form fields are `parameters`.

    Raises VisageError: PARAMETER_REQUIRED, SIGNATURE_INCOMPLETE, SIGNATURE_UNSUPPORTED or TIMESTAMP_MALFORMED.
    """
    authorization = request.headers.get("authorization", "")
    if authorization.startswith(_ACS3 + " "):
        return _acs3_claim(request, authorization)
    if authorization.startswith("acs "):
        return _roa_claim(request, authorization)
    return _rpc_claim(request.method, dict(parameters), parameters)


# --- RPC v1: every parameter, percent-encoded, sorted -----------------------------------------------------------------


def rpc_signature(method: str, parameters: Iterable[tuple[str, str]], secret: str) -> str:
    """The `Signature` of an RPC request with these query and form parameters (without Signature itself)."""
    return _sign_rpc(_rpc_string(method, parameters), secret)


def _rpc_claim(method: str, values: Mapping[str, str], parameters: Pairs) -> Claim:
    _supported(values, "SignatureMethod", "SignatureVersion")
    signed = tuple(pair for pair in parameters if pair[0] != "Signature")
    # PHP leaves empty values out of what it signs, yet sends them.
    forms = (signed, tuple(pair for pair in signed if pair[1]))
    return Claim(
        key_id=_required(values, "AccessKeyId"),
        token=values.get("SecurityToken") or None,
        nonce=_required(values, "SignatureNonce"),
        time=_iso_time(_required(values, "Timestamp")),
        signature=_required(values, "Signature"),
        strings_to_sign=_distinct(_rpc_string(method, form) for form in forms),
        sign=_sign_rpc,
    )


def _rpc_string(method: str, parameters: Iterable[tuple[str, str]]) -> str:
    return f"{method}&%2F&{_encode(_canonical_query(parameters))}"


def _sign_rpc(text: str, secret: str) -> str:
    return _hmac_sha1(text, secret + "&")


# --- ROA v1: method, five headers, x-acs-* headers, path and query, unencoded -----------------------------------------


def _roa_claim(request: Request, authorization: str) -> Claim:
    headers = request.headers
    key_id, colon, signature = authorization.removeprefix("acs ").strip().rpartition(":")
    if not (colon and key_id and signature):
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    _supported(headers, "x-acs-signature-method", "x-acs-signature-version")
    return Claim(
        key_id=key_id,
        token=headers.get("x-acs-security-token"),
        nonce=headers.get("x-acs-signature-nonce"),  # the official Python client sends none
        time=_http_time(_required(headers, "date", "Date")),
        signature=signature,
        strings_to_sign=_distinct(_roa_strings(request)),
        sign=_hmac_sha1,
    )


def _roa_strings(request: Request) -> Iterator[str]:
    headers = request.headers
    acs = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers) if name.startswith("x-acs-"))
    named = [headers.get(name) for name in ("accept", "content-type", "date")]
    for (accept, content_type, date), md5, resource in product(
        (named,), _content_md5s(request), _distinct(_roa_resources(request))
    ):
        lines = (accept, md5, content_type, date)
        yield "\n".join((request.method, *(line or "" for line in lines), "")) + acs + resource
        # Go leaves out the line of a header that it does not send.
        yield "\n".join((request.method, *(line for line in lines if line), "")) + acs + resource


def _content_md5s(request: Request) -> tuple[str, ...]:
    """API Gateway drops Content-MD5: it is taken from the body as received; clients may also have sent none."""
    computed = base64.b64encode(hashlib.md5(request.body, usedforsecurity=False).digest()).decode()
    sent = request.headers.get("content-md5")
    if sent is None:
        return (computed, "") if request.body else ("", computed)
    if sent != computed:
        raise VisageError(Reason.SIGNATURE_MISMATCH, "the Content-MD5 is not the body's")
    return (sent,)


def _roa_resources(request: Request) -> Iterator[str]:
    query = sorted(request.query)
    if not query:
        yield request.path
        yield request.path + "?"  # PHP
        return
    yield f"{request.path}?" + "&".join(f"{name}={value}" for name, value in query)
    yield f"{request.path}?" + "&".join(f"{name}={value}" if value else name for name, value in query)  # Java, PHP


# --- ACS3: canonical request, hashed ----------------------------------------------------------------------------------


def _acs3_claim(request: Request, authorization: str) -> Claim:
    fields = dict(_ACS3_FIELD.findall(authorization))
    if fields.keys() != {"Credential", "SignedHeaders", "Signature"}:
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    headers = {**request.headers, "host": request.host}
    signed = fields["SignedHeaders"].split(";")
    # What decides about the request must be signed: an unsigned x-acs-action would choose the operation.
    unsigned = {name for name in headers if name.startswith("x-acs-") or name == "host"} - set(signed)
    if unsigned or not set(signed) <= headers.keys():
        raise VisageError(Reason.SIGNATURE_INCOMPLETE)
    canonical = "\n".join(
        (
            request.method,
            request.path,
            _canonical_query(request.query),
            "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(signed)),
            ";".join(signed),
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    return Claim(
        key_id=fields["Credential"],
        token=headers.get("x-acs-security-token"),
        nonce=headers.get("x-acs-signature-nonce"),
        time=_iso_time(_required(headers, "x-acs-date")),
        signature=fields["Signature"].strip(),
        strings_to_sign=(f"{_ACS3}\n{hashlib.sha256(canonical.encode()).hexdigest()}",),
        sign=lambda text, secret: hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest(),
    )


# --- shared -----------------------------------------------------------------------------------------------------------


def _canonical_query(parameters: Iterable[tuple[str, str]]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(parameters))


def _encode(text: str) -> str:
    """RFC 3986: all but `A-Za-z0-9-_.~` percent-encoded."""
    return quote(text, safe="~")


def _hmac_sha1(text: str, key: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


def _required(values: Mapping[str, str], name: str, title: str = "") -> str:
    value = values.get(name)
    if not value:
        raise VisageError(Reason.PARAMETER_REQUIRED, title or name)
    return value


def _supported(values: Mapping[str, str], method: str, version: str) -> None:
    if values.get(method, "HMAC-SHA1").upper() != "HMAC-SHA1" or values.get(version, "1.0") != "1.0":
        raise VisageError(Reason.SIGNATURE_UNSUPPORTED)


def _iso_time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise VisageError(Reason.TIMESTAMP_MALFORMED) from None


def _http_time(text: str) -> datetime:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise VisageError(Reason.TIMESTAMP_MALFORMED) from None
