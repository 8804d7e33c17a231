"""What the console asks of its stack besides the API: an operator's commands, of the local stack alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from local import aws, stack
from local.console.site import Desk, DeskError
from local.model import Template
from local.stack import Client
from visage.access.clients import ClientStore
from visage.api.fields import ID

_SECONDS = 60
"""What a command may take."""


class Operator:
    """Works on one stack, as `visage` does on the command line."""

    def __init__(self, client: Client, wanted: Template, state: Path, endpoint: str) -> None:
        self._client = client
        self._settings = stack.settings_of(wanted)
        self._state = state
        self._store = ClientStore(self._settings["VISAGE_CLIENT_PATH"], aws.client("ssm", endpoint))

    def desk(self) -> Desk:
        """What the page may ask."""
        return {"session": self._session, "erasure": self._erasure}

    def _session(self, _body: Any) -> dict[str, Any]:
        """Whom the page's calls are signed as, and what that client may do."""
        client = self._store.find(self._client.id, fresh=True)
        return {
            "keyId": self._client.id,
            "library": client.own_library if client else "",
            "allow": list(client.allow) if client else [],
            "images": self._settings.get("VISAGE_KEEP_IMAGES") == "true",
        }

    def _erasure(self, body: Any) -> dict[str, Any]:
        """What is left of a person, store by store, after all purges."""
        person = str(body["personId"])
        if not ID.fullmatch(person):
            raise DeskError("A person's id is 1 to 32 letters, digits, '_' or '-'.")
        client = self._store.find(self._client.id)
        library = client.own_library if client else self._client.id
        return _run("local.console.proof", str(self._state), person, library)


def _run(module: str, *arguments: str) -> dict[str, Any]:
    """What a module prints as JSON, run as a command of its own: it takes on the settings of a deployment."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, cwd=stack.ROOT, capture_output=True, text=True, timeout=_SECONDS)
    if done.returncode:
        raise DeskError(f"This could not be looked at: {done.stderr.strip().splitlines()[-1:]}")
    return json.loads(done.stdout)
