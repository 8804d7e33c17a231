"""Enforces what S3 and STS enforce and moto does not: signatures, expiry, policies, session permissions.

A WSGI application in front of moto's. Requests signed with the local key are trusted: they come from the functions, the
command line or this package. Any other request must be one to S3, signed in its header, query or form, and allowed by
its signer's policies. Bucket names are in the path, never in the host.
"""

import hashlib
import hmac
import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote

from werkzeug.formparser import parse_form_data

from local.guard import chunks, sigv4
from local.guard.chunks import Chain
from local.guard.denials import Refused, access_denied
from local.guard.post_policies import check_policy
from local.guard.sessions import ACCESS_KEY, Signer, Signers
from local.template.intrinsics import REGION
from local.template.permissions import Policy, required_permissions

_MAX_EXPIRY = 7 * 86400
_CLOCK_SKEW = timedelta(minutes=15)
"""Maximum difference between a signature's time and ours."""
_QUERY = (
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature", "X-Amz-SignedHeaders",
)  # fmt: skip
_AUTHORIZATION = re.compile(r"(Credential|SignedHeaders|Signature)=([^, ]+)")
_LOCAL_AUTHORIZATION = (
    f"{sigv4.ALGORITHM} Credential={ACCESS_KEY}/{{}}/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
)

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Guard:
    """Refuses what AWS would refuse and passes the rest to `application`. Bodies must be buffered, in `wsgi.input`.

    `roles`: the roles that STS may issue credentials for, by ARN, each with its policies.
    """

    def __init__(
        self,
        application: Application,
        roles: Mapping[str, Iterable[Policy]] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._application = application
        self._signers = Signers(roles or {})
        self._now = now

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if f"Credential={ACCESS_KEY}/" in environ.get("HTTP_AUTHORIZATION", ""):
            return self._answer_trusted(environ, start_response)
        try:
            self._check(environ)
        except Refused as refused:
            return refused.answer(start_response)
        # What was checked as a request to this endpoint's S3 must not be read as one to another service.
        environ["HTTP_AUTHORIZATION"] = _LOCAL_AUTHORIZATION.format(self._now().strftime("%Y%m%d"))
        environ["HTTP_HOST"] = f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
        environ.pop("HTTP_X_AMZ_TARGET", None)
        return self._application(environ, start_response)

    def _answer_trusted(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].getvalue()
        if "/sts/aws4_request" not in environ["HTTP_AUTHORIZATION"] or b"Action=AssumeRole&" not in body:
            return self._application(environ, start_response)
        try:
            policies = self._signers.policies(body)
        except Refused as refused:
            return refused.answer_query(start_response)
        answer = b"".join(self._application(environ, start_response))
        self._signers.remember(answer, policies)
        return [answer]

    def _check(self, environ: Environ) -> None:
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        content_type = environ.get("CONTENT_TYPE", "")
        if "HTTP_AUTHORIZATION" in environ:
            self._check_header(environ, query)
        elif environ["REQUEST_METHOD"] == "OPTIONS":
            pass  # browsers never sign a preflight
        elif any(name == "AWSAccessKeyId" for name, _value in query):
            raise Refused(400, "InvalidRequest", f"Version 2 signatures are not accepted: use {sigv4.ALGORITHM}.")
        elif any(name.startswith("X-Amz-") for name, _value in query):
            self._check_presigned(environ, query)
        # With a query it is not a form upload: moto would take ?delete as a deletion of what its file lists.
        elif environ["REQUEST_METHOD"] == "POST" and not query and content_type.startswith("multipart/form-data"):
            self._check_form(environ)
        else:
            raise access_denied()

    def _check_header(self, environ: Environ, query: list[tuple[str, str]]) -> None:
        given, headers = dict(_AUTHORIZATION.findall(environ["HTTP_AUTHORIZATION"])), _headers(environ)
        if not environ["HTTP_AUTHORIZATION"].startswith(f"{sigv4.ALGORITHM} ") or len(given) < 3:
            raise Refused(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
        signer, scope = self._signer(given["Credential"])
        try:
            signed_at = sigv4.parse_time(headers.get("x-amz-date", ""))
        except ValueError as error:
            raise Refused(403, "AccessDenied", "AWS authentication requires a valid x-amz-date header") from error
        raw_path = environ["REQUEST_URI"].partition("?")[0]
        signed = given["SignedHeaders"]
        text = sigv4.header_string(environ["REQUEST_METHOD"], raw_path, query, headers, signed, scope)
        _verify(text, scope, signer, given["Signature"])
        _check_signed(headers, signed)
        if abs(self._now() - signed_at) > _CLOCK_SKEW:
            raise Refused(403, "RequestTimeTooSkewed", "The request's time and the current time lie too far apart.")
        chain = Chain(given["Signature"], headers["x-amz-date"], scope, signer.secret)
        _check_payload(headers.get("x-amz-content-sha256", ""), environ["wsgi.input"].getvalue(), chain)
        signer.check(headers.get("x-amz-security-token"), self._now())
        signer.check_permissions(required_permissions(environ["REQUEST_METHOD"], raw_path, dict(query), headers))

    def _check_presigned(self, environ: Environ, query: list[tuple[str, str]]) -> None:
        parameters = dict(query)
        if len(parameters) < len(query) or any(name not in parameters for name in _QUERY):
            raise _malformed(f"Required, once each: {', '.join(_QUERY)}.")
        if parameters["X-Amz-Algorithm"] != sigv4.ALGORITHM:
            raise _malformed(f"X-Amz-Algorithm only supports {sigv4.ALGORITHM}")
        signer, scope = self._signer(parameters["X-Amz-Credential"])
        try:
            signed_at, seconds = sigv4.parse_time(parameters["X-Amz-Date"]), int(parameters["X-Amz-Expires"])
        except ValueError as error:
            raise _malformed("X-Amz-Date or X-Amz-Expires cannot be read") from error
        if not 0 < seconds <= _MAX_EXPIRY:
            raise _malformed("X-Amz-Expires must be from 1 to 604800 seconds")
        headers, raw_path = _headers(environ), environ["REQUEST_URI"].partition("?")[0]
        text = sigv4.presigned_string(environ["REQUEST_METHOD"], raw_path, query, headers)
        _verify(text, scope, signer, parameters["X-Amz-Signature"])
        if not signed_at - _CLOCK_SKEW <= self._now() < signed_at + timedelta(seconds=seconds):
            raise Refused(403, "AccessDenied", "Request has expired")
        _check_signed(headers, parameters["X-Amz-SignedHeaders"])
        signer.check(parameters.get("X-Amz-Security-Token"), self._now())
        headers |= {name.lower(): value for name, value in query}  # the query may replace headers
        signer.check_permissions(required_permissions(environ["REQUEST_METHOD"], raw_path, parameters, headers))

    def _check_form(self, environ: Environ) -> None:
        body = environ["wsgi.input"].getvalue()
        _stream, form, files = parse_form_data({**environ, "wsgi.input": io.BytesIO(body)})
        fields = {name.lower(): value for name, value in form.items()}
        given = [name.lower() for part in (form, files) for name, _value in part.items(multi=True)]
        if len(set(given)) < len(given):  # moto may use another one of two
            raise Refused(400, "InvalidArgument", "POST requires each field, and the file, once.")
        if "awsaccesskeyid" in fields:
            raise Refused(400, "InvalidRequest", f"Version 2 signatures are not accepted: use {sigv4.ALGORITHM}.")
        missing = [name for name in ("policy", "x-amz-credential", "x-amz-signature", "key") if name not in fields]
        if missing:
            raise Refused(403, "AccessDenied", f"Bucket POST must contain the field {missing[0]}")
        # moto stores the last of several files, whatever its name.
        if set(files) - {"file"} or ("file" not in files and "file" not in fields):
            raise Refused(400, "InvalidArgument", "POST requires exactly one file upload per request.")
        signer, scope = self._signer(fields["x-amz-credential"])
        _verify(fields["policy"], scope, signer, fields["x-amz-signature"])
        name = files["file"].filename or "" if "file" in files else ""
        key = fields["key"].replace("${filename}", name.rpartition("/")[2])
        upload = files["file"].stream.read() if "file" in files else form["file"].encode()
        bucket = environ["PATH_INFO"].strip("/")
        check_policy(fields | {"bucket": bucket, "key": key}, len(upload), self._now())
        signer.check(fields.get("x-amz-security-token"), self._now())
        headers = {f"x-amz-{name}" if name in ("acl", "tagging") else name: value for name, value in fields.items()}
        signer.check_permissions(required_permissions("PUT", f"/{bucket}/{quote(key)}", (), headers))
        _replace_body(environ, body.replace(fields["key"].encode(), key.encode(), 1))

    def _signer(self, credential: str) -> tuple[Signer, str]:
        """The signer and the scope of a credential."""
        key_id, _slash, scope = credential.partition("/")
        signer = self._signers.find(key_id)
        if not scope.endswith("/s3/aws4_request"):
            raise access_denied()
        if scope.split("/")[1] != REGION:
            raise Refused(400, "AuthorizationHeaderMalformed", f"The region is wrong; expecting '{REGION}'")
        return signer, scope


def _headers(environ: Environ) -> dict[str, str]:
    """The headers by lower-case name."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        headers[name.lower().replace("_", "-")] = environ.get(name, "")
    return headers


def _malformed(message: str) -> Refused:
    return Refused(400, "AuthorizationQueryParametersError", message)


def _verify(text: str, scope: str, signer: Signer, given: str) -> None:
    if not hmac.compare_digest(sigv4.signature(text, scope, signer.secret).encode(), given.encode()):
        raise Refused(403, "SignatureDoesNotMatch", "The signature does not match the request.")


def _check_signed(headers: Mapping[str, str], signed: str) -> None:
    if unsigned := sorted(name for name in headers if name.startswith("x-amz-") and name not in signed.split(";")):
        raise Refused(403, "AccessDenied", f"There were headers present which were not signed: {unsigned[0]}")


def _check_payload(announced: str, body: bytes, chain: Chain) -> None:
    if not announced:
        raise Refused(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    in_chunks = announced.startswith(chunks.SIGNED_CHUNKS)
    if in_chunks and not chain.verify(body, trailing=announced.endswith("-TRAILER")):
        raise Refused(403, "SignatureDoesNotMatch", "The signature of a chunk does not match.")
    if re.fullmatch(r"[0-9a-f]{64}", announced) and announced != hashlib.sha256(body).hexdigest():
        raise Refused(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match.")


def _replace_body(environ: Environ, body: bytes) -> None:
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
