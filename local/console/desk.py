"""What the console asks of its stack besides the API: an operator's commands, of the local stack alone."""

import ipaddress
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from local import aws, stack
from local.console import inbox
from local.console.figures import figures
from local.console.inbox import Inbox
from local.console.site import Desk, DeskError
from local.model import Template
from local.stack import Client
from visage.access import clients
from visage.access.clients import LIBRARY, ClientStore, UnknownClientError
from visage.api.fields import ID
from visage.media.addresses import is_allowed

_SECONDS = 60
"""What a command may take."""
_ACTION = re.compile(r"\*|[A-Za-z]{1,64}")
_NAME = 64
"""Characters of a client's name."""


class Operator:
    """Works on one stack, as `visage` does on the command line; `url` is where the stack answers."""

    def __init__(self, client: Client, wanted: Template, state: Path, endpoint: str, url: str) -> None:
        self._client = client
        self._settings = stack.settings_of(wanted)
        self._state = state
        self._endpoint = endpoint
        self._url = url
        self._store = ClientStore(self._settings["VISAGE_CLIENT_PATH"], aws.client("ssm", endpoint))
        self._started = time.time()
        self.inbox = Inbox(client.id)

    def desk(self) -> Desk:
        """What the page may ask."""
        return {
            "session": self._session,
            "rights": self._rights,
            "erasure": self._erasure,
            "callbacks": lambda _body: self.inbox.taken(),
            "clients": lambda _body: [_told(each) for each in self._store.all()],
            "create": self._create,
            "rotate": self._rotate,
            "disable": self._disable,
            "health": self._health,
        }

    def _session(self, _body: Any) -> dict[str, Any]:
        """Whom the page's calls are signed as, and where callbacks can go."""
        callback = {"url": f"{self._url}/console/{self.inbox.path}", "seed": inbox.SEED}
        return {
            "keyId": self._client.id,
            "callback": callback if self._hears() else None,
        }

    def _rights(self, body: Any) -> dict[str, Any]:
        """What a client may call; nothing for a stranger."""
        client = self._store.find(str(body["id"]), fresh=True)
        return {"allow": list(client.allow) if client else []}

    def _hears(self) -> bool:
        """Whether functions may call this machine back."""
        private = self._settings.get("VISAGE_PRIVATE_ADDRESSES", "").split(",")
        port = int(self._url.rpartition(":")[2])
        return is_allowed(ipaddress.ip_address("127.0.0.1"), port, [each.strip() for each in private if each.strip()])

    def _library(self) -> str:
        client = self._store.find(self._client.id)
        return client.own_library if client else self._client.id

    def _erasure(self, body: Any) -> dict[str, Any]:
        """What is left of a person, store by store, after all purges."""
        person = str(body["personId"])
        if not ID.fullmatch(person):
            raise DeskError("A person's id is 1 to 32 letters, digits, '_' or '-'.")
        return _run("local.console.proof", str(self._state), person, self._library())

    def _create(self, body: Any) -> dict[str, Any]:
        name, allow, library = str(body["name"]).strip(), [str(each) for each in body["allow"]], str(body["library"])
        if not 1 <= len(name) <= _NAME:
            raise DeskError(f"A client's name has 1 to {_NAME} characters.")
        if not allow or not all(map(_ACTION.fullmatch, allow)):
            raise DeskError("Say which operations the client may call.")
        if library and not LIBRARY.fullmatch(library):
            raise DeskError("A library's name is a letter or digit, and up to 63 letters, digits, '.', '_' or '-'.")
        return _with_secret(self._store.create(name, tuple(allow), library=library))

    def _rotate(self, body: Any) -> dict[str, Any]:
        self._spare_own(body["id"])
        return _with_secret(self._known(lambda: self._store.rotate(str(body["id"]), float(body["hours"]) * 3600)))

    def _disable(self, body: Any) -> dict[str, Any]:
        self._spare_own(body["id"])
        return _told(self._known(lambda: self._store.disable(str(body["id"]))))

    def _spare_own(self, key_id: Any) -> None:
        if key_id == self._client.id:
            raise DeskError("This is the client that the console itself calls as.")

    def _known(self, work: Any) -> clients.Client:
        try:
            return work()
        except UnknownClientError as error:
            raise DeskError(f"There is no client {error}.") from None

    def _health(self, _body: Any) -> dict[str, Any]:
        return {"seconds": round(time.time() - self._started), **figures(self._settings, self._endpoint)}


def _told(client: clients.Client) -> dict[str, Any]:
    """A client, without its secret."""
    return {
        "id": client.id,
        "name": client.name,
        "library": client.own_library,
        "allow": list(client.allow),
        "active": client.active,
        "ends": client.ends,
    }


def _with_secret(client: clients.Client) -> dict[str, Any]:
    """A client whose secret was just made: the only time that it is shown."""
    return {**_told(client), "secret": client.secrets[0].value}


def _run(module: str, *arguments: str) -> dict[str, Any]:
    """What a module prints as JSON, run as a command of its own: it takes on the settings of a deployment."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=stack.ROOT, capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode:
        raise DeskError(f"This could not be looked at: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)
