"""Signed calls of operations: in this process, or over HTTP."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from json import loads
from typing import Any

from openapi.document import _declared, _functions, _routes
from tests.support.events import green_event, rpc_event
from tests.template.document import template
from visage.access.clients import Client


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer."""

    status: int
    body: str

    def json(self) -> Any:
        return loads(self.body)


class Caller(ABC):
    """Calls as one client. Functions and paths are the template's."""

    def __init__(self, client: Client) -> None:
        self.client = client
        functions = _functions(template())
        self.functions = {action: function for function in functions if (action := _declared(function)[1])}
        self.paths = {function: _routes(each)[0] for function, each in functions.items() if _routes(each)}

    def green(self, action: str, body: Any, **changes: Any) -> Answered:
        """A signed call of the Green dialect."""
        changes = {"x_acs_signature_nonce": uuid.uuid4().hex, **changes}
        return self.handle(action, green_event(self.client, self.paths[self.functions[action]], body, **changes))

    def rpc(self, action: str, form: Mapping[str, str], **changes: Any) -> Answered:
        """A signed call of the RPC dialect."""
        return self.handle("rpc", rpc_event(self.client, dict(form), Action=action, **changes))

    @abstractmethod
    def handle(self, action: str, event: Mapping[str, Any]) -> Answered:
        """What is answered to the request that becomes this event; "rpc" is the front door."""
