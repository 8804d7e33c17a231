"""What S3 enforces for presigned URLs and POST policies is enforced here too."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from local.cloud.client import aws_client
from local.guard.guard import Guard
from local.stack import Stack

BUCKET = "visage-local-bucket"


@pytest.fixture(scope="module")
def s3(stack: Stack) -> Any:
    return aws_client("s3", stack.endpoint)


def _get(s3: Any, key: str, seconds: int = 60, **more: str) -> str:
    return s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": key, **more}, ExpiresIn=seconds)


def _status(url: str) -> tuple[int, str]:
    answer = requests.get(url, timeout=10)
    code = re.search("<Code>(.*)</Code>", answer.text)
    return answer.status_code, code[1] if code else answer.text


def test_a_presigned_url_works(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="a b/ä+.txt", Body=b"here")
    assert _status(_get(s3, "a b/ä+.txt", ResponseContentType="text/plain")) == (200, "here")


def test_a_presigned_upload_works_only_with_the_signed_type(s3: Any) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "up", "ContentType": "image/png"})
    assert requests.put(url, b"x", headers={"Content-Type": "image/jpeg"}, timeout=10).status_code == 403
    assert requests.put(url, b"x", headers={"Content-Type": "image/png"}, timeout=10).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.replace("/signed?", "/other?"),
        lambda url: url.replace("X-Amz-Expires=60", "X-Amz-Expires=61"),
        lambda url: url + "&versionId=1",
        lambda url: re.sub("Signature=(.)", lambda m: f"Signature={'1' if m[1] == '0' else '0'}", url),
    ],
)
def test_a_changed_presigned_url_is_refused(s3: Any, change: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="signed", Body=b"here")
    s3.put_object(Bucket=BUCKET, Key="other", Body=b"here")
    url = _get(s3, "signed")
    assert _status(url)[0] == 200
    assert _status(change(url)) == (403, "SignatureDoesNotMatch")


def test_a_presigned_url_for_reading_does_not_write(s3: Any) -> None:
    assert requests.put(_get(s3, "signed"), b"x", timeout=10).status_code == 403


def test_an_incomplete_presigned_url_is_refused(s3: Any) -> None:
    assert _status(re.sub("&X-Amz-Date=[^&]*", "", _get(s3, "signed")))[0] == 400
    assert _status(_get(s3, "signed", seconds=604_801))[0] == 400


def test_signatures_of_version_2_are_refused(stack: Stack) -> None:
    url = f"{stack.endpoint}/{BUCKET}/signed?AWSAccessKeyId=local&Signature=x&Expires=9999999999"
    assert _status(url) == (400, "InvalidRequest")


def test_another_key_id_is_refused(s3: Any) -> None:
    assert _status(_get(s3, "signed").replace("Credential=local", "Credential=other")) == (403, "InvalidAccessKeyId")


def test_an_unsigned_request_is_refused(s3: Any, stack: Stack) -> None:
    s3.put_object(Bucket=BUCKET, Key="signed", Body=b"here")
    assert _status(f"{stack.endpoint}/{BUCKET}/signed") == (403, "AccessDenied")
    assert requests.post(f"{stack.endpoint}/moto-api/reset", timeout=10).status_code == 403


@pytest.mark.parametrize(
    ("later", "expected"),
    [(timedelta(seconds=59), 200), (timedelta(seconds=61), 403), (timedelta(minutes=-16), 403)],
)
def test_a_presigned_url_has_its_time(s3: Any, later: timedelta, expected: int) -> None:
    parts = urlsplit(_get(s3, "signed"))
    environ = {
        "REQUEST_METHOD": "GET", "REQUEST_URI": f"{parts.path}?{parts.query}", "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query, "HTTP_HOST": parts.netloc, "SERVER_NAME": "", "SERVER_PORT": "",
    }  # fmt: skip
    seen: list[str] = []

    def application(_environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        return iter([b""])

    guard = Guard(application, now=lambda: datetime.now(UTC) + later)
    list(guard(environ, lambda status, _headers: seen.append(status)))
    assert seen[0].startswith(str(expected))


@pytest.fixture
def form(s3: Any) -> dict[str, Any]:
    conditions = [["starts-with", "$key", "prefix/"], ["content-length-range", 2, 10], {"Content-Type": "image/png"}]
    fields = {"Content-Type": "image/png"}
    return s3.generate_presigned_post(BUCKET, "prefix/${filename}", fields, conditions, ExpiresIn=60)


def _post(form: dict[str, Any], key: str = "prefix/a.png", body: bytes = b"12345", **fields: str) -> tuple[int, str]:
    data = {**form["fields"], "key": key, **{name.replace("_", "-"): value for name, value in fields.items()}}
    answer = requests.post(form["url"], data=data, files={"file": body}, timeout=10)
    message = re.search("<Message>(.*)</Message>", answer.text)
    return answer.status_code, message[1] if message else ""


def test_a_form_within_its_policy_uploads(s3: Any, form: dict[str, Any]) -> None:
    assert _post(form) == (204, "")
    stored = s3.get_object(Bucket=BUCKET, Key="prefix/a.png")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"12345", "image/png")


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"key": "elsewhere/a.png"}, 403, "starts-with $key"),
        ({"body": b"1"}, 400, "smaller"),
        ({"body": b"12345678901"}, 400, "exceeds"),
        ({"Content_Type": "text/html"}, 403, "eq $content-type"),
        ({"acl": "public-read"}, 403, "Extra input fields: acl"),
        ({"x_amz_signature": "0" * 64}, 403, "signature"),
        ({"x_amz_credential": "other/20260101/us-east-1/s3/aws4_request"}, 403, "Access Key Id"),
        ({"policy": "e30="}, 403, "signature"),
    ],
)
def test_a_form_outside_its_policy_is_refused(form: dict[str, Any], change: Any, status: int, message: str) -> None:
    given_status, given_message = _post(form, **change)
    assert given_status == status
    assert message in given_message


def test_an_expired_form_is_refused(s3: Any) -> None:
    form = s3.generate_presigned_post(BUCKET, "prefix/a.png", ExpiresIn=-1)
    assert _post(form) == (403, "Invalid according to Policy: Policy expired.")


def test_a_form_for_one_bucket_does_not_open_another(form: dict[str, Any], stack: Stack) -> None:
    status, message = _post({**form, "url": f"{stack.endpoint}/other"})
    assert (status, "bucket" in message) == (403, True)


def test_a_form_without_a_policy_is_refused(form: dict[str, Any]) -> None:
    del form["fields"]["policy"]
    assert _post(form)[0] == 403
