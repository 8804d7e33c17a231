"""A local stack of its own, called over HTTP."""

import http.client
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urlencode

from local.stack import Stack, serve
from torture.targets.caller import Answered, Caller
from visage.access.clients import Client, Secret

LONGEST = 15.0
"""Seconds to wait for an answer."""


class Remote(Caller):
    """Each call has a connection of its own."""

    def __init__(self, stack: Stack) -> None:
        assert stack.client
        super().__init__(Client(stack.client.id, "torture", (Secret(stack.client.secret),)))
        self.stack = stack
        self._place = stack.url.removeprefix("http://")

    def green(self, action: str, body: Any, **changes: Any) -> Answered:
        return super().green(action, body, **{"Host": self._place, **changes})

    def handle(self, action: str, event: Mapping[str, Any]) -> Answered:
        """Raises OSError or HTTPException where there is no answer."""
        several = event["multiValueQueryStringParameters"] or {}
        query = urlencode(
            [(name, value) for name, values in several.items() for value in values],
            quote_via=quote, errors="surrogatepass",
        )  # fmt: skip
        target = event["path"] + (f"?{query}" if query else "")
        body = (event["body"] or "").encode("utf-8", "surrogatepass")
        connection = http.client.HTTPConnection(self._place, timeout=LONGEST)
        try:
            connection.request(event["httpMethod"], target, body, event["headers"])
            answer = connection.getresponse()
            return Answered(answer.status, answer.read().decode(errors="replace"))
        finally:
            connection.close()


@contextmanager
def stacked(**parameters: str) -> Iterator[Remote]:
    """A fresh stack with these parameters of the template, until the block ends. Its errors have the statuses that
    docs/openapi.yaml declares."""
    parameters = {"ErrorStatus": "class", "OperatorKeys": "true", **parameters}
    with TemporaryDirectory() as folder, serve(0, Path(folder) / "state", parameters=parameters) as stack:
        yield Remote(stack)
