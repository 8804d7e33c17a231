"""A local stack to measure: calls by the official client, and the processor time of the function that answers."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from aliyunsdkcore.client import AcsClient

from bench.clock import processor_of
from local.stack import Stack, serve

_PATIENCE = 60
"""Seconds until a call is given up: the machine may be busy."""


class Served:
    """A running stack and a client of it."""

    def __init__(self, stack: Stack) -> None:
        assert stack.client
        self.stack = stack
        self.client = AcsClient(stack.client.id, stack.client.secret, "cn-shanghai", timeout=_PATIENCE)

    def green(self, action: str, body: Any) -> Any:
        """Call an action of the Green dialect and return the response's data; asserts success."""
        request = getattr(import_module(f"aliyunsdkgreen.request.v20180509.{action}Request"), f"{action}Request")()
        request.set_endpoint(self.stack.url)
        request.set_accept_format("JSON")
        request.set_content(json.dumps(body))
        answer = json.loads(self.client.do_action_with_exception(request))
        assert answer["code"] == 200, answer
        return answer["data"]

    def processes(self, function: str) -> set[int]:
        return set(self.stack.functions[function].processes)

    def processor(self, function: str) -> float:
        """Milliseconds of processor time that a function's processes have taken until now."""
        return sum(map(processor_of, self.stack.functions[function].processes))


@contextmanager
def served() -> Iterator[Served]:
    with tempfile.TemporaryDirectory() as state, serve(port=0, state=Path(state)) as stack:
        yield Served(stack)
