"""The captured requests of official clients, as API Gateway events."""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from local.gateway.events import DROPPED_HEADERS
from visage.api.dialects.request import Request
from visage.api.dialects.rpc import RpcRequest
from visage.api.security.signatures import Claim, read_roa_claim, read_rpc_claim

FOLDER = Path(__file__).parents[1] / "contract" / "captured"
SECRETS = {"LTAItestAccessKeyId": "testAccessKeySecret0123456789", "STS.testid": "stssecret"}
TOKEN = "SECURITYTOKEN+/=="


@dataclass(frozen=True)
class Captured:
    """One request in parts that tests can change."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def event(self) -> dict:
        """The event that API Gateway would make of the request."""
        several: dict[str, list[str]] = {}
        for name, value in self.query:
            several.setdefault(name, []).append(value)
        headers = {name: value for name, value in self.headers if name.lower() not in DROPPED_HEADERS}
        return {
            "httpMethod": self.method,
            "path": self.path,
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": dict(self.query) or None,
            "multiValueQueryStringParameters": several or None,
            "body": self.body.decode(errors="replace") or None,
            "isBase64Encoded": False,
            "requestContext": {"requestId": "c0ffee00-0000-4000-8000-000000000000", "identity": {}},
        }

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.http"))


def content(name: str) -> bytes:
    """The request's bytes on the wire."""
    return (FOLDER / f"{name}.http").read_bytes()


def read(name: str) -> Captured:
    return parsed(content(name))


def parsed(request: bytes) -> Captured:
    """Parse a request. Raises ValueError, which includes UnicodeDecodeError, for an invalid one."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = tuple(tuple(line.split(": ", 1)) if ": " in line else (line.rstrip(":"), "") for line in lines)
    return Captured(method, path, tuple(parse_qsl(query, keep_blank_values=True)), headers, body)


def string_to_sign(name: str) -> str | None:
    path = FOLDER / f"{name}.string_to_sign.txt"
    return path.read_text() if path.exists() else None


def claim(captured: Captured) -> Claim:
    """The request's claim. Raises VisageError like the edge."""
    request = Request.from_event(captured.event())
    if request.path == "/":
        return read_rpc_claim(request, RpcRequest.read(request).parameters)
    return read_roa_claim(request)
