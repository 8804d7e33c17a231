"""AWS Signature Version 4 as S3 accepts it in a header, in a query (presigned URL) and in a form (POST policy).

Rules: "Authenticating Requests" and "Browser-Based Uploads Using POST" in the S3 API reference.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


def parse_time(text: str) -> datetime:
    """Parse a time such as `20260131T235959Z`. Raises ValueError."""
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def signature(string_to_sign: str, scope: str, secret: str) -> str:
    """The hex signature of a string. `scope`: `<date>/<region>/<service>/aws4_request`."""
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, string_to_sign.encode(), hashlib.sha256).hexdigest()


def presigned_string(
    method: str, raw_path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str]
) -> str:
    """The string to sign of a presigned URL. `raw_path` as on the wire; `query` decoded; `headers` with lower-case
    names."""
    parameters = dict(query)
    scope = parameters["X-Amz-Credential"].partition("/")[2]
    unsigned = [(name, value) for name, value in query if name != "X-Amz-Signature"]
    canonical = _canonical(method, raw_path, unsigned, headers, parameters["X-Amz-SignedHeaders"])
    return _to_sign(canonical, parameters["X-Amz-Date"], scope)


def header_string(
    method: str,
    raw_path: str,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    signed: str,
    scope: str,
) -> str:
    """The string to sign of an Authorization header; arguments as for `presigned_string`, `signed` is its
    SignedHeaders."""
    return _to_sign(_canonical(method, raw_path, query, headers, signed), headers["x-amz-date"], scope)


def _canonical(
    method: str, raw_path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str], signed: str
) -> str:
    pairs = sorted((_encode(name), _encode(value)) for name, value in query)
    return "\n".join((
        method,
        raw_path,
        "&".join(f"{name}={value}" for name, value in pairs),
        "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in signed.split(";")),
        signed,
        headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ))


def _to_sign(canonical: str, date: str, scope: str) -> str:
    return "\n".join((ALGORITHM, date, scope, hashlib.sha256(canonical.encode()).hexdigest()))


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
