"""AWS Signature Version 4 as S3 takes it in a query string (presigned URL) and in a form (POST policy).

Rules: "Authenticating Requests: Using Query Parameters" and "Browser-Based Uploads Using POST" in the S3 API reference.
"""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


def parse_time(text: str) -> datetime:
    """`20260131T235959Z`; raises ValueError."""
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def signature(string_to_sign: str, scope: str, secret: str) -> str:
    """`scope` is `<date>/<region>/<service>/aws4_request`."""
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, string_to_sign.encode(), hashlib.sha256).hexdigest()


def presigned_string(
    method: str, raw_path: str, query: Iterable[tuple[str, str]], headers: Mapping[str, str]
) -> str:
    """What a presigned URL signs. `raw_path` as on the wire; `query` decoded; `headers` with lower-case names."""
    parameters = dict(query)
    scope = parameters["X-Amz-Credential"].partition("/")[2]
    pairs = sorted((_encode(name), _encode(value)) for name, value in query if name != "X-Amz-Signature")
    signed = parameters["X-Amz-SignedHeaders"]
    canonical = "\n".join((
        method,
        raw_path,
        "&".join(f"{name}={value}" for name, value in pairs),
        "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in signed.split(";")),
        signed,
        headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
    ))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return "\n".join((ALGORITHM, parameters["X-Amz-Date"], scope, digest))


def _encode(text: str) -> str:
    return quote(text, safe="-_.~")
