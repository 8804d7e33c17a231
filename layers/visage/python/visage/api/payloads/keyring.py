"""Clients and their keys, as an operator changes them from afar: what `visage client` does on the command line.

Operators' own keys are beyond its reach, so that a lost one can be disabled, and makes no others.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from visage.access.clients import LIBRARY, OPERATOR, Client, ClientStore, UnknownClientError
from visage.api.dialects import fields
from visage.api.dialects.fields import Body, invalid

VERBS = ("list", "create", "limit", "rotate", "disable")
ACTION = re.compile(r"\*|[A-Za-z]{1,64}")
"""An operation that a client may call, or all of them."""
ACTIONS = 64
"""Maximum operations named for a client."""
NAME = 64
"""Maximum characters of a client's name."""
MOST = 1_000_000_000
"""The largest limit."""
GRACE = 30 * 24
"""Maximum hours for which a rotated secret still works."""


class Keyring:
    """The clients of one deployment; `own` is the AccessKeyId of who asks, which it leaves alone."""

    def __init__(self, store: ClientStore, own: str) -> None:
        self._store = store
        self._own = own

    def work(self, body: Body) -> Mapping[str, Any]:
        """Do what `operation` in the body says, one of `VERBS`. Raises VisageError(FIELD_INVALID)."""
        verb = body.get("operation")
        if verb not in VERBS:
            raise invalid(f"operation must be one of {', '.join(VERBS)}.")
        return getattr(self, f"_{verb}")(body)

    def _list(self, _body: Body) -> Mapping[str, Any]:
        return {"clients": [_told(each) for each in self._store.all()]}

    def _create(self, body: Body) -> Mapping[str, Any]:
        client = self._store.create(_name(body), _allow(body), library=_library(body), **_limits(body))
        return {"client": _with_secret(client)}

    def _limit(self, body: Body) -> Mapping[str, Any]:
        limits = _limits(body)
        return {"client": _told(self._change(body, lambda key_id: self._store.limit(key_id, **limits)))}

    def _rotate(self, body: Body) -> Mapping[str, Any]:
        seconds = 3600 * fields.whole(body, "hours", 24, 0, GRACE)
        return {"client": _with_secret(self._change(body, lambda key_id: self._store.rotate(key_id, seconds)))}

    def _disable(self, body: Body) -> Mapping[str, Any]:
        return {"client": _told(self._change(body, self._store.disable))}

    def _change(self, body: Body, change: Callable[[str], Client]) -> Client:
        key_id = body.get("clientId")
        if key_id == self._own:
            raise invalid("clientId is the client that this call is signed by.")
        client = self._store.find(key_id, fresh=True) if isinstance(key_id, str) else None
        if client is None:
            raise invalid("clientId must be the AccessKeyId of a client.")
        if OPERATOR in client.allow:
            raise invalid("clientId is an operator's key, which the command line changes.")
        try:
            return change(client.id)
        except UnknownClientError:  # deleted meanwhile
            raise invalid("clientId must be the AccessKeyId of a client.") from None


def _name(body: Body) -> str:
    name = body.get("name")
    if not isinstance(name, str) or not 1 <= len(name.strip()) <= NAME:
        raise invalid(f"name must be a text of 1 to {NAME} characters.")
    return name.strip()


def _allow(body: Body) -> tuple[str, ...]:
    allow = body.get("allow")
    if (
        not isinstance(allow, list)
        or not 1 <= len(allow) <= ACTIONS
        or not all(isinstance(each, str) and ACTION.fullmatch(each) for each in allow)
    ):
        raise invalid(f"allow must be a list of 1 to {ACTIONS} operations, or of * alone.")
    if OPERATOR in allow:
        raise invalid("allow must not make an operator; the command line does.")
    return tuple(allow)


def _library(body: Body) -> str:
    library = body.get("library") or ""
    if not isinstance(library, str) or (library and not LIBRARY.fullmatch(library)):
        raise invalid("library must be a letter or digit, and up to 63 letters, digits, '.', '_' or '-'.")
    return library


def _limits(body: Body) -> dict[str, Any]:
    """Requests a second and a day; None leaves them to the deployment, 0 is no limit."""
    rate, daily = (body.get(name) for name in ("rate", "daily"))
    for name, limit, kinds in (("rate", rate, (int, float)), ("daily", daily, (int,))):
        if limit is not None and not (type(limit) in kinds and 0 <= limit <= MOST):
            raise invalid(f"{name} must be a number from 0 to {MOST}; 0 is no limit.")
    return {"rate": rate, "daily": daily}


def _told(client: Client) -> dict[str, Any]:
    """A client, without its secret."""
    return {
        "clientId": client.id,
        "name": client.name,
        "library": client.own_library,
        "allow": list(client.allow),
        "active": client.active,
        "rate": client.rate,
        "daily": client.daily,
    }


def _with_secret(client: Client) -> dict[str, Any]:
    """A client whose secret was just made: the only time that it is shown."""
    return {**_told(client), "secret": client.secrets[0].value}
