"""Error responses of S3 and STS."""

from collections.abc import Callable, Iterable
from typing import Any
from xml.sax.saxutils import escape


class Refused(Exception):
    """AWS would refuse this: HTTP status, error code, message."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status, self.code, self.message = status, code, message

    def answer(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Send the refusal in S3's format."""
        return self._send(start_response, self._error())

    def answer_query(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Send the refusal in STS's format, AWS's query protocol."""
        return self._send(start_response, f"<ErrorResponse>{self._error()}</ErrorResponse>")

    def _error(self) -> str:
        return f"<Error><Code>{self.code}</Code><Message>{escape(self.message)}</Message></Error>"

    def _send(self, start_response: Callable[..., Any], text: str) -> Iterable[bytes]:
        body = f"<?xml version='1.0' encoding='UTF-8'?>\n{text}".encode()
        headers = [
            ("Content-Type", "application/xml"),
            ("Content-Length", str(len(body))),
            ("Access-Control-Allow-Origin", "*"),  # moto allows every origin; a page must be able to read refusals too
        ]
        start_response(f"{self.status} {self.code}", headers)
        return [body]


def access_denied() -> Refused:
    return Refused(403, "AccessDenied", "Access Denied")
