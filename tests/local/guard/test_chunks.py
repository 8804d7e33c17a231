"""Bodies in signed chunks: the two examples of the S3 API reference, and modified ones."""

import re

import pytest

from local.guard.chunks import Chain

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
DATE, SCOPE = "20130524T000000Z", "20130524/us-east-1/s3/aws4_request"
PLAIN = Chain("4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", DATE, SCOPE, SECRET)
TRAILING = Chain("106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", DATE, SCOPE, SECRET)


def chunks(*signatures: str) -> bytes:
    """65 KiB and 1 KiB of the letter a, and the end."""
    parts = [bytes([97]) * 65536, bytes([97]) * 1024, b""]
    body = b""
    for part, signature in zip(parts, signatures, strict=True):
        body += f"{len(part):x};chunk-signature={signature}\r\n".encode() + part + (b"\r\n" if part else b"")
    return body


BODY = chunks(
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)
WITH_TRAILER = (
    chunks(
        "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
        "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
        "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992",
    )
    + b"x-amz-checksum-crc32c:sOO8/Q==\r\n"
    + b"x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n"
)


def test_the_examples_of_the_reference_hold() -> None:
    assert PLAIN.verify(BODY + b"\r\n", trailing=False)
    assert TRAILING.verify(WITH_TRAILER, trailing=True)


@pytest.mark.parametrize(
    "changed",
    [
        BODY,
        BODY + b"\r\nmore",
        BODY.replace(b"\r\na", b"\r\nb", 1) + b"\r\n",
        BODY.replace(b";chunk-signature=0", b";chunk-signature=1") + b"\r\n",
        re.sub(b"400;chunk-signature=.*?\r\na{1024}\r\n", b"", BODY) + b"\r\n",
        BODY.replace(b"10000;", b"ffff;") + b"\r\n",
        b"",
    ],
)
def test_a_changed_body_does_not_hold(changed: bytes) -> None:
    assert not PLAIN.verify(changed, trailing=False)


@pytest.mark.parametrize(
    "changed",
    [
        WITH_TRAILER.replace(b"sOO8", b"tOO8"),
        WITH_TRAILER.replace(b"signature:d8", b"signature:d9"),
        WITH_TRAILER.partition(b"x-amz-checksum")[0] + b"\r\n",
        WITH_TRAILER.replace(b"x-amz-checksum-crc32c:sOO8/Q==\r\n", b""),
    ],
)
def test_a_changed_trailer_does_not_hold(changed: bytes) -> None:
    assert not TRAILING.verify(changed, trailing=True)


def test_chunks_are_bound_to_their_request() -> None:
    assert not Chain("0" * 64, DATE, SCOPE, SECRET).verify(BODY + b"\r\n", trailing=False)
    assert not Chain(PLAIN.seed, DATE, SCOPE, "another").verify(BODY + b"\r\n", trailing=False)
