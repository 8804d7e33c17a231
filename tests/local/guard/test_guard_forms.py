"""Forms signed with temporary credentials, unmodified and modified."""

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
import requests

from local.cloud.client import aws_client
from local.stack import Stack
from tests.local.guard.sessions import BUCKET, assume, policy

FOLDER = "acme/uploads/x"
JPEG = {"Content-Type": "image/jpeg"}
CONDITIONS = [
    ["starts-with", "$key", f"{FOLDER}/"],
    ["starts-with", "$Content-Type", "image/"],
    ["content-length-range", 1, 100],
]


def made(stack: Stack, reach: str = "acme/uploads/*", folder: str = FOLDER, conditions: Any = CONDITIONS) -> Any:
    """A form signed by a session with these permissions."""
    s3 = assume(stack.endpoint, policy(reach)).s3(stack.endpoint)
    return s3.generate_presigned_post(BUCKET, f"{folder}/${{filename}}", dict(JPEG), list(conditions), ExpiresIn=900)


@pytest.fixture(scope="module")
def form(stack: Stack) -> Mapping[str, Any]:
    return made(stack)


@pytest.fixture(scope="module")
def objects(stack: Stack) -> Any:
    return aws_client("s3", stack.endpoint)


def post(
    form: Mapping[str, Any], name: str = "a.jpg", body: bytes = b"picture", **fields: str | None
) -> tuple[int, str]:
    """Status, and S3's code and message; a field of None is omitted."""
    changed = {**form["fields"], **{field.replace("_", "-"): value for field, value in fields.items()}}
    sent = {field: value for field, value in changed.items() if value is not None}
    answer = requests.post(form["url"], data=sent, files={"file": (name, body)}, timeout=10)
    return answer.status_code, " ".join(re.findall("<(?:Code|Message)>(.*?)</", answer.text))


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("a.jpg", "a.jpg"),
        ("a b+c.jpg", "a b+c.jpg"),
        ("照片 1.jpg", "照片 1.jpg"),
        ("folder/a.png", "a.png"),
    ],
)
def test_a_file_is_stored_under_its_own_name(form: Any, objects: Any, name: str, stored: str) -> None:
    assert post(form, name, name.encode()) == (204, "")
    found = objects.get_object(Bucket=BUCKET, Key=f"{FOLDER}/{stored}")
    assert (found["Body"].read(), found["ContentType"]) == (name.encode(), "image/jpeg")


def test_a_form_may_name_the_key_and_the_type_itself(form: Any, objects: Any) -> None:
    assert post(form, key=f"{FOLDER}/named.png", Content_Type="image/png") == (204, "")
    assert objects.get_object(Bucket=BUCKET, Key=f"{FOLDER}/named.png")["ContentType"] == "image/png"


def test_what_looks_like_the_key_within_a_file_stays(form: Any, objects: Any) -> None:
    body = f"{FOLDER}/${{filename}}".encode()
    assert post(form, "twice.jpg", body) == (204, "")
    assert objects.get_object(Bucket=BUCKET, Key=f"{FOLDER}/twice.jpg")["Body"].read() == body


@pytest.mark.parametrize(
    ("change", "status", "message"),
    [
        ({"key": "acme/uploads/elsewhere/a.jpg"}, 403, "starts-with $key"),
        ({"key": "other/uploads/a.jpg"}, 403, "starts-with $key"),
        ({"key": f"{FOLDER}"}, 403, "starts-with $key"),
        ({"body": b""}, 400, "EntityTooSmall"),
        ({"body": bytes(101)}, 400, "EntityTooLarge"),
        ({"Content_Type": "text/html"}, 403, "starts-with $content-type"),
        ({"Content_Type": None}, 403, "starts-with $content-type"),
        ({"acl": "public-read"}, 403, "Extra input fields: acl"),
        ({"x_amz_security_token": None}, 403, "eq $x-amz-security-token"),
        ({"x_amz_security_token": "another"}, 403, "eq $x-amz-security-token"),
        ({"x_amz_signature": "0" * 64}, 403, "SignatureDoesNotMatch"),
        ({"x_amz_credential": "ASIA0/20260101/us-east-1/s3/aws4_request"}, 403, "InvalidAccessKeyId"),
        ({"x_amz_credential": None}, 403, "x-amz-credential"),
    ],
)
def test_a_form_outside_its_policy_is_refused(form: Any, change: Any, status: int, message: str) -> None:
    given, said = post(form, **change)
    assert (given, message in said) == (status, True), said


@pytest.mark.parametrize("name", ["key", "KEY", "file"])
def test_what_a_form_says_twice_is_not_read_in_two_ways(form: Any, objects: Any, name: str) -> None:
    fields = {**form["fields"], "key": "other/uploads/a.jpg"} if name != "file" else form["fields"]
    sent = [*fields.items(), (name, f"{FOLDER}/a.jpg")]
    answer = requests.post(form["url"], data=sent, files={"file": ("a.jpg", b"picture")}, timeout=10)
    assert (answer.status_code, "InvalidArgument" in answer.text) == (400, True), answer.text
    assert objects.list_objects_v2(Bucket=BUCKET, Prefix="other/")["KeyCount"] == 0


def test_a_changed_policy_is_refused(form: Any) -> None:
    document = json.loads(base64.b64decode(form["fields"]["policy"]))
    document["conditions"][0] = ["starts-with", "$key", ""]
    changed = base64.b64encode(json.dumps(document).encode()).decode()
    status, message = post(form, key="other/uploads/a.jpg", policy=changed)
    assert (status, "SignatureDoesNotMatch" in message) == (403, True)


def test_a_form_does_no_more_than_the_session_that_signed_it(stack: Stack) -> None:
    """Its policy says what it may contain, but not that its signer may do that."""
    anywhere = [["starts-with", "$key", "other/"], *CONDITIONS[1:]]
    status, message = post(made(stack, folder="other/uploads", conditions=anywhere))
    assert (status, "AccessDenied" in message) == (403, True)


def test_an_acl_is_not_put_by_who_may_only_put_objects(stack: Stack) -> None:
    status, message = post(made(stack, conditions=[*CONDITIONS, {"acl": "public-read"}]), acl="public-read")
    assert (status, "AccessDenied" in message) == (403, True)


def test_the_token_of_another_session_is_refused(stack: Stack) -> None:
    form, other = made(stack, conditions=[["starts-with", "$x-amz-security-token", ""], *CONDITIONS]), made(stack)
    token = other["fields"]["x-amz-security-token"]
    status, message = post(form, x_amz_security_token=token)
    assert (status, "eq $x-amz-security-token" in message) == (403, True)


def test_a_web_page_may_read_what_it_is_answered(form: Any) -> None:
    page = {"Origin": "https://shop.example"}
    for body, status in ((b"picture", 204), (b"", 400)):
        file = {"file": ("a.jpg", body)}
        answer = requests.post(form["url"], data=form["fields"], files=file, headers=page, timeout=10)
        assert answer.status_code == status
        assert answer.headers["Access-Control-Allow-Origin"] in ("*", "https://shop.example")


def test_a_form_for_one_bucket_does_not_open_another(form: Any, stack: Stack) -> None:
    status, message = post({**form, "url": f"{stack.endpoint}/elsewhere"})
    assert (status, "bucket" in message) == (403, True)


def test_a_form_with_a_query_does_nothing_else(form: Any, objects: Any) -> None:
    objects.put_object(Bucket=BUCKET, Key="other/uploads/a.jpg", Body=b"theirs")
    names = b"<Delete><Object><Key>other/uploads/a.jpg</Key></Object></Delete>"
    status, _message = post({**form, "url": f"{form['url']}?delete"}, body=names)
    left = objects.list_objects_v2(Bucket=BUCKET, Prefix="other/")["KeyCount"]
    objects.delete_object(Bucket=BUCKET, Key="other/uploads/a.jpg")
    assert (status, left) == (403, 1)


def test_a_second_file_does_not_pass_behind_the_first(form: Any) -> None:
    files = {"file": ("a.jpg", b"picture"), "other": ("b.jpg", bytes(101))}
    answer = requests.post(form["url"], data=form["fields"], files=files, timeout=10)
    assert (answer.status_code, "InvalidArgument" in answer.text) == (400, True), answer.text
