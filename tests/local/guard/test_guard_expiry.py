"""Expired temporary credentials: what they signed, in a header, link or form, is refused from then on."""

import io
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.guard.guard import Guard
from local.guard.sessions import ACCESS_KEY
from local.template.permissions import read_policy
from tests.local.guard.sessions import BUCKET, ROLE, Session

ENDPOINT = "http://127.0.0.1:5000"
SESSION = Session("ASIA00000000", "secret", "token")
LASTS = timedelta(minutes=15)
ALL = read_policy({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}})
GIVEN = """<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>{session.key_id}</AccessKeyId><SecretAccessKey>{session.secret}</SecretAccessKey>
<SessionToken>{session.token}</SessionToken><Expiration>{ends}</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>"""


class Clock:
    """The guard's clock; it starts just before the test signs, which uses the real time in seconds."""

    def __init__(self) -> None:
        self.started = self.now = datetime.now(UTC) - timedelta(seconds=1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def send(clock: Clock) -> Callable[[requests.PreparedRequest], tuple[int, str]]:
    """Send a request to a guard that has issued the session; return status and code."""

    given = GIVEN.format(session=SESSION, ends=(clock.started + LASTS).isoformat()).encode()

    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return iter([given])

    guard = Guard(application, {ROLE: [ALL]}, clock)

    def send(request: requests.PreparedRequest) -> tuple[int, str]:
        said: list[str] = []
        body = b"".join(guard(_environ(request), lambda status, _headers: said.append(status)))
        return int(said[0][:3]), "".join(re.findall("<Code>(.*?)</Code>", body.decode()))

    asked = f"Action=AssumeRole&RoleArn={ROLE}&RoleSessionName=tests&DurationSeconds=900"
    scope = f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260101/us-east-1/sts/aws4_request"
    send(requests.Request("POST", ENDPOINT, headers={"Authorization": scope}, data=asked).prepare())
    return send


def _environ(request: requests.PreparedRequest) -> dict[str, Any]:
    parts = urlsplit(request.url)
    body = request.body or b""
    body = body.encode() if isinstance(body, str) else body
    return {
        "REQUEST_METHOD": request.method,
        "REQUEST_URI": request.path_url,
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "HTTP_HOST": parts.netloc,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5000",
        "CONTENT_TYPE": request.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()},
    }


def in_a_header() -> requests.PreparedRequest:
    request = AWSRequest("PUT", f"{ENDPOINT}/{BUCKET}/a.jpg", data=b"x")
    S3SigV4Auth(_credentials(), "s3", "us-east-1").add_auth(request)
    return requests.Request("PUT", request.url, headers=dict(request.headers.items()), data=b"x").prepare()


def in_a_link(seconds: int = 3600) -> requests.PreparedRequest:
    request = AWSRequest("PUT", f"{ENDPOINT}/{BUCKET}/a.jpg")
    S3SigV4QueryAuth(_credentials(), "s3", "us-east-1", expires=seconds).add_auth(request)
    return requests.Request("PUT", request.url, data=b"x").prepare()


def in_a_form(seconds: int = 3600) -> requests.PreparedRequest:
    form = SESSION.s3(ENDPOINT).generate_presigned_post(BUCKET, "a.jpg", ExpiresIn=seconds)
    return requests.Request("POST", form["url"], data=form["fields"], files={"file": b"x"}).prepare()


def _credentials() -> Credentials:
    return Credentials(SESSION.key_id, SESSION.secret, SESSION.token)


@pytest.mark.parametrize("make", [in_a_header, in_a_link, in_a_form])
def test_what_a_session_signed_is_good_until_it_ends(send: Any, clock: Clock, make: Any) -> None:
    request = make()
    for later, expected in [(timedelta(0), 200), (LASTS - timedelta(seconds=30), 200), (LASTS, 400)]:
        clock.now = clock.started + later
        assert send(request)[0] == expected, later
    assert send(request) == (400, "ExpiredToken")


@pytest.mark.parametrize("make", [in_a_link, in_a_form])
def test_a_link_or_form_may_end_earlier(send: Any, clock: Clock, make: Any) -> None:
    request = make(60)
    assert send(request)[0] == 200
    clock.now = clock.started + timedelta(seconds=90)
    assert send(request) == (403, "AccessDenied")


@pytest.mark.parametrize("minutes", [-16, 16])
def test_a_signature_in_a_header_lives_for_fifteen_minutes(send: Any, clock: Clock, minutes: int) -> None:
    request = in_a_header()
    clock.now = clock.started + timedelta(minutes=minutes)
    assert send(request) == (403, "RequestTimeTooSkewed")
