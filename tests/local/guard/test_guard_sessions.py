"""What temporary credentials may do in the local S3: no more than role, boundary and session policy allow."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
import requests
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from local.cloud.client import aws_client
from local.guard.chunks import Chain
from local.stack import Stack
from tests.local.guard.sessions import BUCKET, Session, assume, policy

OWN, OTHER = "acme/uploads/a.jpg", "other/uploads/a.jpg"


@pytest.fixture(scope="module")
def session(stack: Stack) -> Session:
    return assume(stack.endpoint, policy("acme/uploads/*"))


@pytest.fixture(scope="module")
def s3(session: Session, stack: Stack) -> Any:
    return session.s3(stack.endpoint)


@pytest.fixture(scope="module", autouse=True)
def objects(stack: Stack) -> Any:
    """The operator's client; the objects exist, so that only the guard can refuse a request."""
    operator = aws_client("s3", stack.endpoint)
    for key in (OWN, OTHER, "closed/a.jpg"):
        operator.put_object(Bucket=BUCKET, Key=key, Body=b"here")
    return operator


def code(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> str:
    """S3's error code."""
    with pytest.raises(ClientError) as refused:
        call(*arguments, **parameters)
    return refused.value.response["Error"]["Code"]


def refusal(answer: requests.Response) -> tuple[int, str]:
    found = re.search("<Code>(.*)</Code>", answer.text)
    return answer.status_code, found[1] if found else answer.text


# --- what is allowed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["b.jpg", "a b+c.jpg", "100%.jpg", "照片/奥巴马 1.jpg", "e\u0301.jpg", "a//b.jpg"])
def test_an_object_is_put_below_the_prefix(s3: Any, objects: Any, name: str) -> None:
    s3.put_object(Bucket=BUCKET, Key=f"acme/uploads/{name}", Body=name.encode(), ContentType="image/jpeg")
    stored = objects.get_object(Bucket=BUCKET, Key=f"acme/uploads/{name}")
    assert (stored["Body"].read(), stored["ContentType"]) == (name.encode(), "image/jpeg")


def test_an_object_is_put_in_parts(s3: Any, objects: Any) -> None:
    place = {"Bucket": BUCKET, "Key": "acme/uploads/parts.jpg"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"part")
    s3.complete_multipart_upload(
        **place, UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    )
    assert objects.get_object(**place)["Body"].read() == b"part"


def test_a_presigned_put_works(s3: Any, objects: Any) -> None:
    url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "acme/uploads/p q.jpg"})
    assert requests.put(url, b"put", timeout=10).status_code == 200
    assert objects.get_object(Bucket=BUCKET, Key="acme/uploads/p q.jpg")["Body"].read() == b"put"


# --- what is not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", [OTHER, "acme/results/a.jpg", "acme/uploads", "acme/uploadsa", "ACME/uploads/a", "/acme/uploads/a", "a"]
)
def test_no_other_prefix_is_written(s3: Any, key: str) -> None:
    assert code(s3.put_object, Bucket=BUCKET, Key=key, Body=b"x") == "AccessDenied"
    assert code(s3.create_multipart_upload, Bucket=BUCKET, Key=key) == "AccessDenied"
    url = s3.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": key})
    assert refusal(requests.put(url, b"x", timeout=10)) == (403, "AccessDenied")


PLACE = {"Bucket": BUCKET, "Key": OWN}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_object", PLACE),
        ("head_object", PLACE),
        ("delete_object", PLACE),
        ("get_object", {"Bucket": BUCKET, "Key": OTHER}),
        ("delete_object", {"Bucket": BUCKET, "Key": OTHER}),
        ("delete_objects", {"Bucket": BUCKET, "Delete": {"Objects": [{"Key": OWN}]}}),
        ("list_objects_v2", {"Bucket": BUCKET, "Prefix": "acme/uploads/"}),
        ("list_multipart_uploads", {"Bucket": BUCKET}),
        ("list_buckets", {}),
        ("delete_bucket", {"Bucket": BUCKET}),
        ("create_bucket", {"Bucket": "mine"}),
        ("put_object_acl", {**PLACE, "ACL": "public-read"}),
        ("put_object_tagging", {**PLACE, "Tagging": {"TagSet": []}}),
        ("get_object_tagging", PLACE),
        ("put_object", {**PLACE, "Body": b"x", "ACL": "public-read"}),
        ("put_object", {**PLACE, "Body": b"x", "GrantRead": "id=1"}),
        ("put_object", {**PLACE, "Body": b"x", "Tagging": "a=b"}),
        ("put_object", {"Bucket": "elsewhere", "Key": OWN, "Body": b"x"}),
        ("copy_object", {**PLACE, "CopySource": f"{BUCKET}/{OTHER}"}),
        ("copy_object", {**PLACE, "CopySource": f"{BUCKET}/{OWN}"}),
        ("put_bucket_policy", {"Bucket": BUCKET, "Policy": "{}"}),
    ],
)
def test_nothing_else_is_done(s3: Any, objects: Any, operation: str, parameters: Any) -> None:
    assert code(getattr(s3, operation), **parameters) in ("AccessDenied", "403")
    for key in (OWN, OTHER):
        assert objects.get_object(Bucket=BUCKET, Key=key)["Body"].read() == b"here"


def test_what_was_begun_in_parts_is_not_looked_into_or_given_up(s3: Any) -> None:
    place = {"Bucket": BUCKET, "Key": "acme/uploads/begun.jpg"}
    upload = s3.create_multipart_upload(**place)["UploadId"]
    assert code(s3.abort_multipart_upload, **place, UploadId=upload) == "AccessDenied"
    assert code(s3.list_parts, **place, UploadId=upload) == "AccessDenied"
    source = {"CopySource": f"{BUCKET}/{OTHER}", "PartNumber": 1}
    assert code(s3.upload_part_copy, **place, **source, UploadId=upload) == "AccessDenied"


@pytest.mark.parametrize("operation", ["get_object", "delete_object", "head_object"])
def test_a_link_lets_others_do_no_more_than_its_maker(s3: Any, operation: str) -> None:
    url = s3.generate_presigned_url(operation, Params=PLACE)
    send = {"get_object": requests.get, "delete_object": requests.delete, "head_object": requests.head}[operation]
    assert send(url, timeout=10).status_code == 403


@pytest.mark.parametrize("part", ["headers", "params"])
def test_a_link_with_an_acl_is_refused(session: Session, stack: Stack, part: str) -> None:
    acl = {"x-amz-acl": "public-read"}
    link = AWSRequest("PUT", f"{stack.endpoint}/{BUCKET}/{OWN}", **{part: acl})
    S3SigV4QueryAuth(Credentials(session.key_id, session.secret, session.token), "s3", "us-east-1").add_auth(link)
    headers = acl if part == "headers" else {}
    assert refusal(requests.put(link.url, b"x", headers=headers, timeout=10)) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("dynamodb", "list_tables"),
        ("sqs", "list_queues"),
        ("ssm", "describe_parameters"),
        ("sts", "get_caller_identity"),
    ],
)
def test_no_other_service_is_reached(session: Session, stack: Stack, service: str, operation: str) -> None:
    client = boto3.client(
        service,
        "us-east-1",
        endpoint_url=stack.endpoint,
        aws_access_key_id=session.key_id,
        aws_secret_access_key=session.secret,
        aws_session_token=session.token,
        config=Config(retries={"total_max_attempts": 1}),
    )
    with pytest.raises(ClientError) as refused:
        getattr(client, operation)()
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


# --- role, boundary and session together ------------------------------------------------------------------------------


def test_the_boundary_holds_where_role_and_session_allow_everything(stack: Stack) -> None:
    for session_policy in (None, policy("*", action="s3:*"), policy("arn:aws:s3:::*", action="*")):
        s3 = assume(stack.endpoint, session_policy).s3(stack.endpoint)
        s3.put_object(Bucket=BUCKET, Key="anywhere.jpg", Body=b"x")
        assert code(s3.delete_object, Bucket=BUCKET, Key="anywhere.jpg") == "AccessDenied"
        assert code(s3.put_object, Bucket="elsewhere", Key="a.jpg", Body=b"x") == "AccessDenied"


def test_a_denial_outweighs_every_permission(stack: Stack) -> None:
    s3 = assume(stack.endpoint, policy("closed/*", action=["s3:GetObject", "s3:PutObject"])).s3(stack.endpoint)
    assert code(s3.put_object, Bucket=BUCKET, Key="closed/a.jpg", Body=b"x") == "AccessDenied"
    assert code(s3.get_object, Bucket=BUCKET, Key="closed/a.jpg") == "AccessDenied"


def test_who_may_read_may_copy(stack: Stack, objects: Any) -> None:
    s3 = assume(stack.endpoint, policy("acme/*", action=["s3:GetObject", "s3:PutObject"])).s3(stack.endpoint)
    s3.copy_object(Bucket=BUCKET, Key="acme/copy.jpg", CopySource=f"{BUCKET}/{OWN}")
    assert objects.get_object(Bucket=BUCKET, Key="acme/copy.jpg")["Body"].read() == b"here"
    assert code(s3.copy_object, Bucket=BUCKET, Key="acme/c.jpg", CopySource=f"{BUCKET}/{OTHER}") == "AccessDenied"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"role": "arn:aws:iam::123456789012:role/other"}, "AccessDenied"),
        ({"seconds": 3601}, "ValidationError"),
        ({"session_policy": "no policy"}, "MalformedPolicyDocument"),
        ({"session_policy": policy("a", Condition={"Bool": {"aws:Else": "1"}})}, "MalformedPolicyDocument"),
        ({"session_policy": policy("a" * 2048)}, "PackedPolicyTooLarge"),
    ],
)
def test_sts_gives_nothing_that_it_would_not_give(stack: Stack, parameters: Any, expected: str) -> None:
    asked = {"session_policy": None, "seconds": 900, **parameters}
    with pytest.raises(ClientError) as refused:
        assume(stack.endpoint, **asked)
    assert refused.value.response["Error"]["Code"] == expected


# --- keys, tokens, signatures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"key_id": "ASIA0000000000000000"}, "InvalidAccessKeyId"),
        ({"secret": "another"}, "SignatureDoesNotMatch"),
        ({"token": None}, "InvalidToken"),
        ({"token": "another"}, "InvalidToken"),
    ],
)
def test_changed_credentials_are_refused(stack: Stack, session: Session, change: Any, expected: str) -> None:
    s3 = replace(session, **change).s3(stack.endpoint)
    assert code(s3.put_object, Bucket=BUCKET, Key=OWN, Body=b"x") == expected
    url = s3.generate_presigned_url("put_object", Params=PLACE)
    assert refusal(requests.put(url, b"x", timeout=10))[1] == expected


def test_a_token_is_good_for_its_own_key_only(stack: Stack, session: Session) -> None:
    other = assume(stack.endpoint, policy("other/uploads/*"))
    mixed = replace(session, token=other.token).s3(stack.endpoint)
    assert code(mixed.put_object, Bucket=BUCKET, Key=OWN, Body=b"x") == "InvalidToken"


class Chunked(S3SigV4Auth):
    """A body in chunks, each with its own signature."""

    def payload(self, _request: AWSRequest) -> str:
        return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def signed(
    session: Session,
    stack: Stack,
    key: str = OWN,
    body: bytes = b"body",
    signature: type[S3SigV4Auth] = S3SigV4Auth,
    **headers: str,
) -> AWSRequest:
    """A PUT signed in its header, to be modified."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = AWSRequest("PUT", f"{stack.endpoint}/{BUCKET}/{key}", headers=names, data=body)
    signature(Credentials(session.key_id, session.secret, session.token), "s3", "us-east-1").add_auth(request)
    return request


def put(request: AWSRequest, **changes: Any) -> tuple[int, str]:
    sent = {"url": request.url, "data": request.data, **changes}
    headers = {**dict(request.headers.items()), **sent.pop("headers", {})}
    return refusal(requests.put(headers=headers, timeout=10, **sent))


def test_a_tampered_request_is_refused(session: Session, stack: Stack) -> None:
    request = signed(session, stack)
    assert put(request)[0] == 200
    assert put(request, url=request.url.replace("a.jpg", "b.jpg")) == (403, "SignatureDoesNotMatch")
    assert put(request, url=f"{request.url}?uploadId=1&partNumber=1") == (403, "SignatureDoesNotMatch")
    assert put(request, data=b"ydob") == (400, "XAmzContentSHA256Mismatch")
    assert put(request, headers={"x-amz-meta-note": "added"}) == (403, "AccessDenied")
    assert put(request, headers={"x-amz-date": "20200101T000000Z"}) == (403, "SignatureDoesNotMatch")
    assert put(request, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x"})[0] == 400


def test_a_tampered_link_is_refused(s3: Any) -> None:
    url = s3.generate_presigned_url("put_object", Params={**PLACE, "ContentLength": 4, "ContentType": "image/png"})
    types = {"Content-Type": "image/png"}
    assert requests.put(url, b"size", headers=types, timeout=10).status_code == 200
    assert refusal(requests.put(url, b"larger", headers=types, timeout=10)) == (403, "SignatureDoesNotMatch")
    other = requests.put(url, b"size", headers={"Content-Type": "text/html"}, timeout=10)
    assert refusal(other) == (403, "SignatureDoesNotMatch")
    for old, new in ((OWN, "acme/uploads/b.jpg"), ("X-Amz-Expires=3600", "X-Amz-Expires=3601")):
        assert refusal(requests.put(url.replace(old, new), b"size", headers=types, timeout=10))[0] == 403
    unsigned = {**types, "x-amz-meta-note": "added"}
    assert refusal(requests.put(url, b"size", headers=unsigned, timeout=10)) == (403, "AccessDenied")
    assert refusal(requests.get(url, timeout=10)) == (403, "SignatureDoesNotMatch")


def test_a_request_for_another_service_does_not_slip_through_as_one_to_s3(session: Session, stack: Stack) -> None:
    request = signed(session, stack, body=b"{}", x_amz_target="DynamoDB_20120810.ListTables")
    assert put(request) == (200, "")


def test_a_host_does_not_name_another_bucket(session: Session, stack: Stack, objects: Any) -> None:
    request = signed(session, stack, key="acme/uploads/host.jpg", Host="elsewhere.s3.amazonaws.com")
    assert put(request) == (200, "")
    assert objects.get_object(Bucket=BUCKET, Key="acme/uploads/host.jpg")["Body"].read() == b"body"


def test_a_body_in_signed_chunks_is_taken_and_a_changed_one_is_not(
    session: Session, stack: Stack, objects: Any
) -> None:
    length = {"x_amz_decoded_content_length": "4", "Content_Encoding": "aws-chunked"}
    request = signed(session, stack, signature=Chunked, key="acme/uploads/chunks.jpg", **length)
    seed = request.headers["Authorization"].rpartition("=")[2]
    scope = f"{request.context['timestamp'][:8]}/us-east-1/s3/aws4_request"
    chain = Chain(seed, request.context["timestamp"], scope, session.secret)
    empty = hashlib.sha256(b"").hexdigest()
    first = chain.sign("AWS4-HMAC-SHA256-PAYLOAD", seed, empty, b"body")
    last = chain.sign("AWS4-HMAC-SHA256-PAYLOAD", first, empty, b"")
    body = f"4;chunk-signature={first}\r\nbody\r\n0;chunk-signature={last}\r\n\r\n".encode()
    assert put(request, data=body.replace(b"body", b"ydob")) == (403, "SignatureDoesNotMatch")
    assert put(request, data=body) == (200, "")
    assert objects.get_object(Bucket=BUCKET, Key="acme/uploads/chunks.jpg")["Body"].read() == b"body"


def test_a_signature_for_another_region_is_refused(session: Session, stack: Stack) -> None:
    request = AWSRequest("PUT", f"{stack.endpoint}/{BUCKET}/{OWN}", data=b"body")
    S3SigV4Auth(Credentials(session.key_id, session.secret, session.token), "s3", "eu-west-1").add_auth(request)
    assert put(request) == (400, "AuthorizationHeaderMalformed")
