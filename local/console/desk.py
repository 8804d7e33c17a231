"""What the console asks of its stack besides the API: an operator's commands, of the local stack alone."""

import ipaddress
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.cloud.client import aws_client
from local.console import inbox
from local.console.inbox import Inbox
from local.console.site import Desk, DeskError
from local.first_client import Client, settings_of
from local.template.model import Template
from visage.access.clients import ClientStore
from visage.api.dialects.fields import ID
from visage.api.payloads.keyring import Keyring
from visage.errors import VisageError
from visage.media.addresses import is_allowed

_ROOT = Path(__file__).resolve().parents[2]
_SECONDS = 60
"""What a command may take."""


class Operator:
    """Works on one stack, as `visage` does on the command line; `url` is where the stack answers."""

    def __init__(self, client: Client, wanted: Template, state: Path, endpoint: str, url: str) -> None:
        self._client = client
        self._settings = settings_of(wanted)
        self._state = state
        self._url = url
        self._store = ClientStore(self._settings["VISAGE_CLIENT_PATH"], aws_client("ssm", endpoint))
        self._started = time.time()
        self.inbox = Inbox(client.id)

    def desk(self) -> Desk:
        """What the page may ask."""
        return {
            "session": self._session,
            "rights": self._rights,
            "erasure": self._erasure,
            "callbacks": lambda _body: self.inbox.taken(),
            "clients": self._clients,
            "health": self._health,
        }

    def _session(self, _body: Any) -> dict[str, Any]:
        """Whom the page's calls are signed as, and where callbacks can go."""
        callback = {"url": f"{self._url}/console/{self.inbox.path}", "seed": inbox.SEED}
        return {"keyId": self._client.id, "callback": callback if self._hears() else None}

    def _rights(self, body: Any) -> dict[str, Any]:
        """What a client may call; nothing for a stranger."""
        client = self._store.find(str(body["id"]), fresh=True)
        return {"allow": list(client.allow) if client else []}

    def _clients(self, body: Any) -> Mapping[str, Any]:
        """What ManageClients answers to an operator's key, which the local stack does without."""
        try:
            return Keyring(self._store, self._client.id).work(body)
        except VisageError as error:
            raise DeskError(error.detail) from None

    def _hears(self) -> bool:
        """Whether functions may call this machine back."""
        private = self._settings.get("VISAGE_PRIVATE_ADDRESSES", "").split(",")
        port = int(self._url.rpartition(":")[2])
        return is_allowed(ipaddress.ip_address("127.0.0.1"), port, [each.strip() for each in private if each.strip()])

    def _erasure(self, body: Any) -> dict[str, Any]:
        """What is left of a person, store by store, after all purges."""
        person = str(body["personId"])
        if not ID.fullmatch(person):
            raise DeskError("A person's id is 1 to 32 letters, digits, '_' or '-'.")
        client = self._store.find(self._client.id)
        library = client.own_library if client else self._client.id
        return _run("local.console.proof", str(self._state), person, library)

    def _health(self, _body: Any) -> dict[str, Any]:
        """What `visage status` tells, and since when the stack runs (in seconds)."""
        told = _run("cli.main", "status", "--local", str(self._state), "--json", good=(0, 1))
        return {"seconds": round(time.time() - self._started), **told}


def _run(module: str, *arguments: str, good: tuple[int, ...] = (0,)) -> dict[str, Any]:
    """What a module prints as JSON, run as a command of its own: it takes on the settings of a deployment.

    Raises DeskError for an exit status that is not `good`.
    """
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode not in good:
        raise DeskError(f"This could not be looked at: {' '.join(done.stderr.strip().splitlines()[-1:])}")
    return json.loads(done.stdout)
