"""S3 Vectors in memory, for tests that open no socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from local.cloud.vectors import Vectors


@contextmanager
def answered_by(vectors: Vectors, client: Any) -> Iterator[None]:
    """Until the block ends, this boto3 client of `s3vectors` talks to `vectors`."""

    def answer(request: AWSPreparedRequest, **_context: Any) -> AWSResponse:
        given = vectors.answer(urlsplit(request.url).path, request.body or b"")
        return AWSResponse(request.url, given.status, given.headers, MockRawResponse(given.body))

    # before moto, which would answer otherwise
    client.meta.events.register_first("before-send.s3vectors", answer)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.s3vectors", answer)
