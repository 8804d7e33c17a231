"""Verifies bodies in signed chunks, where each signature continues the previous one.

Rules: "Transferring payload in multiple chunks", with and without trailing headers, in the S3 API reference.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field

from local.guard import sigv4

SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
"""Prefix of x-amz-content-sha256 for a body in signed chunks."""

_HEAD = re.compile(rb"([0-9a-fA-F]{1,16});chunk-signature=([0-9a-f]{64})\r\n")
_TRAILER = re.compile(rb"((?:[a-z0-9-]+:[^\r\n]*\n?\r\n)*)x-amz-trailer-signature:([0-9a-f]{64})\r\n(?:\r\n)?")
_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of signatures of one body, which begins with that of its request."""

    seed: str
    date: str
    scope: str
    secret: str = field(repr=False)

    def verify(self, body: bytes, trailing: bool) -> bool:
        """Whether every chunk, and with `trailing` the headers after them, match their signatures."""
        previous, position, size = self.seed, 0, 1
        while size:
            head = _HEAD.match(body, position)
            if head is None:
                return False
            size = int(head[1], 16)
            data, position = body[head.end() : head.end() + size], head.end() + size
            expected = self.sign(f"{sigv4.ALGORITHM}-PAYLOAD", previous, _EMPTY_SHA256, data)
            if not hmac.compare_digest(expected.encode(), head[2]):
                return False
            previous = expected
            if size and body[position : position + 2] != b"\r\n":
                return False
            position += 2 if size else 0
        return self._verify_trailer(body[position:], previous) if trailing else body[position:] == b"\r\n"

    def _verify_trailer(self, rest: bytes, previous: str) -> bool:
        trailer = _TRAILER.fullmatch(rest)
        if trailer is None:
            return False
        headers = b"".join(line.strip() + b"\n" for line in trailer[1].split(b"\r\n") if line)
        expected = self.sign(f"{sigv4.ALGORITHM}-TRAILER", previous, None, headers)
        return hmac.compare_digest(expected.encode(), trailer[2])

    def sign(self, kind: str, previous: str, headers: str | None, data: bytes) -> str:
        """The signature that follows `previous`; `headers` is the digest of a chunk's own headers; None for a
        trailer."""
        lines = [kind, self.date, self.scope, previous, headers, hashlib.sha256(data).hexdigest()]
        return sigv4.signature("\n".join(line for line in lines if line is not None), self.scope, self.secret)
