"""Objects of the upload bucket."""

import io

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    IncompleteReadError,
    ReadTimeoutError,
)
from botocore.response import StreamingBody

from visage import aws
from visage.errors import Reason, VisageError
from visage.media import uploads
from visage.media.limits import Limits

LIMITS = Limits(bytes=10)


class Bucket:
    """An S3 client with prepared responses."""

    def __init__(self, answer):
        self.answer = answer

    def get_object(self, **_):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def read_from(monkeypatch, answer) -> VisageError:
    monkeypatch.setattr(uploads, "client", lambda name: Bucket(answer))
    with pytest.raises(VisageError) as raised:
        uploads.read("acme/a.jpg", LIMITS, "acme")
    return raised.value


def client_error(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetObject")


def test_an_object_is_read_whole(deployment):
    aws.client("s3").put_object(Bucket="visage-uploads", Key="acme/a.jpg", Body=b"0123456789")
    assert uploads.read("acme/a.jpg", LIMITS, "acme") == b"0123456789"


def test_an_object_beyond_the_limit_is_refused(deployment):
    aws.client("s3").put_object(Bucket="visage-uploads", Key="acme/a.jpg", Body=b"0123456789+")
    with pytest.raises(VisageError) as raised:
        uploads.read("acme/a.jpg", LIMITS, "acme")
    assert raised.value.reason is Reason.IMAGE_TOO_LARGE


def test_a_large_object_is_not_transferred(deployment, monkeypatch):
    stream = io.BytesIO(b"0123456789+")
    error = read_from(monkeypatch, {"ContentLength": 11, "Body": StreamingBody(stream, 11)})
    assert error.reason is Reason.IMAGE_TOO_LARGE
    assert stream.closed


@pytest.mark.parametrize("encoding", ["gzip", "br", "GZIP, aws-chunked"])
def test_an_object_stored_compressed_is_refused_with_the_reason(deployment, encoding):
    aws.client("s3").put_object(Bucket="visage-uploads", Key="acme/a.jpg", Body=b"0123", ContentEncoding=encoding)
    with pytest.raises(VisageError) as raised:
        uploads.read("acme/a.jpg", LIMITS, "acme")
    assert raised.value.reason is Reason.IMAGE_UNREADABLE and "Content-Encoding" in raised.value.detail


@pytest.mark.parametrize("encoding", ["identity", "aws-chunked"])
def test_an_encoding_that_changes_nothing_is_none(deployment, encoding):
    aws.client("s3").put_object(Bucket="visage-uploads", Key="acme/a.jpg", Body=b"0123", ContentEncoding=encoding)
    assert uploads.read("acme/a.jpg", LIMITS, "acme") == b"0123"


def test_a_missing_object_is_not_found(deployment):
    with pytest.raises(VisageError) as raised:
        uploads.read("acme/none.jpg", LIMITS, "acme")
    assert raised.value.reason is Reason.IMAGE_NOT_FOUND


def test_an_object_that_may_not_be_seen_is_not_found(deployment, monkeypatch):
    assert read_from(monkeypatch, client_error("AccessDenied", 403)).reason is Reason.IMAGE_NOT_FOUND


@pytest.mark.parametrize(("code", "status"), [("InvalidObjectState", 403), ("InvalidRequest", 400)])
def test_an_object_in_an_archive_or_under_its_senders_own_key_is_not_found(deployment, monkeypatch, code, status):
    assert read_from(monkeypatch, client_error(code, status)).reason is Reason.IMAGE_NOT_FOUND


@pytest.mark.parametrize(
    "fault",
    [
        client_error("NoSuchBucket", 404),
        EndpointConnectionError(endpoint_url="x"),
        ConnectTimeoutError(endpoint_url="x", error="x"),
        ReadTimeoutError(endpoint_url="x", error="x"),
    ],
)
def test_a_fault_that_is_not_the_callers_stays_what_it_is(deployment, monkeypatch, fault):
    monkeypatch.setattr(uploads, "client", lambda name: Bucket(fault))
    with pytest.raises(type(fault)):
        uploads.read("acme/a.jpg", LIMITS, "acme")


def test_a_transfer_that_breaks_off_is_no_fault_of_the_callers(deployment, monkeypatch):
    answer = {"ContentLength": 9, "Body": StreamingBody(io.BytesIO(b"12"), 9)}
    monkeypatch.setattr(uploads, "client", lambda name: Bucket(answer))
    with pytest.raises(IncompleteReadError):
        uploads.read("acme/a.jpg", LIMITS, "acme")


def test_clients_are_opened_once_and_give_up_within_six_seconds(deployment):
    client = aws.client("s3")
    assert client is aws.client("s3")
    config = client.meta.config
    assert config.connect_timeout * 2 + config.read_timeout * config.retries["total_max_attempts"] <= 6
