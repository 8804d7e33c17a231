"""Clients and their keys, as the console changes them: what `visage client` does on the command line."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from local.console.site import DeskError
from visage.access.clients import LIBRARY, Client, ClientStore, UnknownClientError

_ACTION = re.compile(r"\*|[A-Za-z]{1,64}")
_NAME = 64
"""Characters of a client's name."""
_MOST = 1e9
"""Of a limit."""


class Keyring:
    """The clients of one stack; `own` is the one that the console calls as, which it leaves alone."""

    def __init__(self, store: ClientStore, own: str) -> None:
        self._store = store
        self._own = own

    def list(self, _body: Any) -> list[dict[str, Any]]:
        return [_told(each) for each in self._store.all()]

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        name, allow, library = str(body["name"]).strip(), [str(each) for each in body["allow"]], str(body["library"])
        if not 1 <= len(name) <= _NAME:
            raise DeskError(f"A client's name has 1 to {_NAME} characters.")
        if not allow or not all(map(_ACTION.fullmatch, allow)):
            raise DeskError("Say which operations the client may call.")
        if library and not LIBRARY.fullmatch(library):
            raise DeskError("A library's name is a letter or digit, and up to 63 letters, digits, '.', '_' or '-'.")
        return _with_secret(self._store.create(name, tuple(allow), library=library, **_limits(body)))

    def limit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return _told(self._change(body, lambda key_id: self._store.limit(key_id, **_limits(body))))

    def rotate(self, body: Mapping[str, Any]) -> dict[str, Any]:
        hours = float(body["hours"])
        return _with_secret(self._change(body, lambda key_id: self._store.rotate(key_id, hours * 3600)))

    def disable(self, body: Mapping[str, Any]) -> dict[str, Any]:
        return _told(self._change(body, self._store.disable))

    def _change(self, body: Mapping[str, Any], change: Callable[[str], Client]) -> Client:
        if body["id"] == self._own:
            raise DeskError("This is the client that the console itself calls as.")
        try:
            return change(str(body["id"]))
        except UnknownClientError as error:
            raise DeskError(f"There is no client {error}.") from None


def _limits(body: Mapping[str, Any]) -> dict[str, Any]:
    """Requests a second and a day; None leaves them to the deployment, 0 is no bound."""
    rate, daily = (None if body[name] in (None, "") else float(body[name]) for name in ("rate", "daily"))
    if not all(limit is None or 0 <= limit <= _MOST for limit in (rate, daily)):
        raise DeskError("A limit is a number that is not negative; 0 is no limit.")
    return {"rate": rate, "daily": None if daily is None else int(daily)}


def _told(client: Client) -> dict[str, Any]:
    """A client, without its secret."""
    return {
        "id": client.id,
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
