"""What S3 enforces and moto does not: signatures and expiry of presigned URLs, and POST policies.

A WSGI application in front of moto's. Requests whose Authorization header names our key pass: they come from the
functions, the command line or this package. All else must carry a presigned query or a form with a policy.
"""

import base64
import hmac
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from werkzeug.formparser import parse_form_data

from local import sigv4

ACCESS_KEY = "local"
SECRET_KEY = "local"

_LONGEST_EXPIRY = 7 * 86400
_QUERY = (
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature", "X-Amz-SignedHeaders",
)  # fmt: skip
_UNCHECKED_FIELDS = {"file", "policy", "x-amz-signature"}

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]


class Refused(Exception):
    """S3 would not do this: HTTP status, S3's error code, its message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message


class Guard:
    """Refuses what S3 would refuse, and hands the rest to `application`. Bodies must be buffered, in `wsgi.input`."""

    def __init__(self, application: Application, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._application = application
        self._now = now

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            self._check(environ)
        except Refused as refused:
            body = (
                "<?xml version='1.0' encoding='UTF-8'?>\n"
                f"<Error><Code>{refused.code}</Code><Message>{escape(refused.message)}</Message></Error>"
            ).encode()
            headers = [("Content-Type", "application/xml"), ("Content-Length", str(len(body)))]
            start_response(f"{refused.status} {refused.code}", headers)
            return [body]
        return self._application(environ, start_response)

    def _check(self, environ: Environ) -> None:
        query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        content_type = environ.get("CONTENT_TYPE", "")
        if "HTTP_AUTHORIZATION" in environ:
            if f"Credential={ACCESS_KEY}/" not in environ["HTTP_AUTHORIZATION"]:
                raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.")
        elif environ["REQUEST_METHOD"] == "OPTIONS":
            pass  # a browser's preflight is never signed
        elif any(name == "AWSAccessKeyId" for name, _value in query):
            raise Refused(400, "InvalidRequest", f"Version 2 signatures are not accepted: use {sigv4.ALGORITHM}.")
        elif any(name.startswith("X-Amz-") for name, _value in query):
            self._check_presigned(environ, query)
        elif environ["REQUEST_METHOD"] == "POST" and content_type.startswith("multipart/form-data"):
            self._check_form(environ)
        else:
            raise Refused(403, "AccessDenied", "Access Denied")

    def _check_presigned(self, environ: Environ, query: list[tuple[str, str]]) -> None:
        parameters = dict(query)
        if len(parameters) < len(query) or any(name not in parameters for name in _QUERY):
            raise _malformed(f"Needed, each once: {', '.join(_QUERY)}.")
        if parameters["X-Amz-Algorithm"] != sigv4.ALGORITHM:
            raise _malformed(f"X-Amz-Algorithm only supports {sigv4.ALGORITHM}")
        scope = _scope(parameters["X-Amz-Credential"])
        try:
            signed_at, seconds = sigv4.parse_time(parameters["X-Amz-Date"]), int(parameters["X-Amz-Expires"])
        except ValueError as error:
            raise _malformed("X-Amz-Date or X-Amz-Expires cannot be read") from error
        if not 0 < seconds <= _LONGEST_EXPIRY:
            raise _malformed("X-Amz-Expires must be from 1 to 604800 seconds")
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            headers[name.lower().replace("_", "-")] = environ.get(name, "")
        raw_path = environ["REQUEST_URI"].partition("?")[0]
        text = sigv4.presigned_string(environ["REQUEST_METHOD"], raw_path, query, headers)
        _verify(text, scope, parameters["X-Amz-Signature"])
        if not signed_at - timedelta(minutes=15) <= self._now() < signed_at + timedelta(seconds=seconds):
            raise Refused(403, "AccessDenied", "Request has expired")

    def _check_form(self, environ: Environ) -> None:
        body = environ["wsgi.input"].getvalue()
        _stream, form, files = parse_form_data({**environ, "wsgi.input": io.BytesIO(body)})
        fields = {name.lower(): value for name, value in form.items()}
        if "awsaccesskeyid" in fields:
            raise Refused(400, "InvalidRequest", f"Version 2 signatures are not accepted: use {sigv4.ALGORITHM}.")
        missing = [name for name in ("policy", "x-amz-credential", "x-amz-signature", "key") if name not in fields]
        if missing:
            raise Refused(403, "AccessDenied", f"Bucket POST must contain the field {missing[0]}")
        if "file" not in files and "file" not in fields:
            raise Refused(400, "InvalidArgument", "POST requires exactly one file upload per request.")
        _verify(fields["policy"], _scope(fields["x-amz-credential"]), fields["x-amz-signature"])
        if "${filename}" in fields["key"]:
            raise Refused(501, "NotImplemented", "The local stack does not fill in ${filename}.")
        upload = files["file"].stream.read() if "file" in files else form["file"].encode()
        self._check_policy(fields | {"bucket": environ["PATH_INFO"].strip("/")}, len(upload))

    def _check_policy(self, fields: Mapping[str, str], size: int) -> None:
        try:
            policy = json.loads(base64.b64decode(fields["policy"], validate=True))
            ends = datetime.fromisoformat(policy["expiration"])
            conditions = [_normal(condition) for condition in policy["conditions"]]
        except (KeyError, TypeError, ValueError) as error:
            raise Refused(400, "InvalidPolicyDocument", "Invalid Policy: not readable.") from error
        if self._now() >= ends:
            raise Refused(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        covered = set()
        for operator, name, value in conditions:
            if operator == "content-length-range":
                if size < int(name):
                    raise Refused(400, "EntityTooSmall", "The upload is smaller than the minimum allowed size")
                if size > int(value):
                    raise Refused(400, "EntityTooLarge", "The upload exceeds the maximum allowed size")
                continue
            field = name.removeprefix("$").lower()
            covered.add(field)
            given = fields.get(field, "")
            if not (given.startswith(value) if operator == "starts-with" else given == value):
                raise Refused(
                    403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {operator} ${field}"
                )
        extra = fields.keys() - covered - _UNCHECKED_FIELDS - {"bucket"}
        if extra := sorted(name for name in extra if not name.startswith("x-ignore-")):
            raise Refused(403, "AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(extra)}")


def _malformed(message: str) -> Refused:
    return Refused(400, "AuthorizationQueryParametersError", message)


def _scope(credential: str) -> str:
    key, _slash, scope = credential.partition("/")
    if key != ACCESS_KEY:
        raise Refused(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.")
    return scope


def _verify(text: str, scope: str, given: str) -> None:
    if not hmac.compare_digest(sigv4.signature(text, scope, SECRET_KEY).encode(), given.encode()):
        raise Refused(403, "SignatureDoesNotMatch", "The signature does not match the request.")


def _normal(condition: Any) -> tuple[str, Any, Any]:
    """`{"acl": "private"}` is short for `["eq", "$acl", "private"]`. Raises ValueError for anything else."""
    if isinstance(condition, dict) and len(condition) == 1:
        (name, value), = condition.items()
        return "eq", name, value
    operator, name, value = condition
    if operator not in ("eq", "starts-with", "content-length-range"):
        raise ValueError(operator)
    return operator, name, value
