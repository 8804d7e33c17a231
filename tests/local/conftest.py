"""A stack of small handlers, shared by the whole session, and helpers to call it."""

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack, serve

FIXTURE = Path(__file__).parent / "fixture" / "template.yaml"


@dataclass(frozen=True)
class Reply:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


Call = Callable[..., Reply]
Headers = dict[str, str | tuple[str, ...]]


@pytest.fixture(scope="package")
def notes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the handlers of queues, streams and buckets record their events."""
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory, notes: Path) -> Iterator[Stack]:
    state = tmp_path_factory.mktemp("state")
    with serve(state=state, template_file=FIXTURE, parameters={"Notes": str(notes)}) as running:
        yield running


@pytest.fixture(scope="package")
def call(stack: Stack) -> Call:
    """Send one request, with path and query exactly as given; a header with a tuple of values is sent once per
    value."""

    def send(method: str, target: str, body: Any = None, headers: Headers | None = None, **options: Any) -> Reply:
        connection = http.client.HTTPConnection(stack.url.removeprefix("http://"), timeout=60)
        try:
            connection.putrequest(method, target, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
            if isinstance(body, bytes):
                connection.putheader("Content-Length", str(len(body)))
            for name, values in (headers or {}).items():
                for value in (values,) if isinstance(values, str) else values:
                    connection.putheader(name, value)
            connection.endheaders(body, **options)
            response = connection.getresponse()
            return Reply(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    return send


@pytest.fixture(scope="package")
def noted(notes: Path) -> Callable[[str, Callable[[list[Any]], bool]], list[Any]]:
    """Wait until a handler's record satisfies a condition."""

    def wait(name: str, enough: Callable[[list[Any]], bool]) -> list[Any]:
        deadline = time.monotonic() + 15
        while True:
            file = notes / name
            found = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
            if enough(found):
                return found
            assert time.monotonic() < deadline, f"{name}: {found}"
            time.sleep(0.05)

    return wait
