"""What the console asks of its stack besides the API: an operator's commands, of the local stack alone."""

from pathlib import Path
from typing import Any

from local.cloud.client import aws_client
from local.console.site import Desk
from local.first_client import Client, settings_of
from local.template.model import Template
from visage.access.clients import ClientStore


class Operator:
    """Works on one stack, as `visage` does on the command line."""

    def __init__(self, client: Client, wanted: Template, state: Path, endpoint: str) -> None:
        self._client = client
        self._settings = settings_of(wanted)
        self._state = state
        self._store = ClientStore(self._settings["VISAGE_CLIENT_PATH"], aws_client("ssm", endpoint))

    def desk(self) -> Desk:
        """What the page may ask."""
        return {"session": self._session}

    def _session(self, _body: Any) -> dict[str, Any]:
        """Whom the page's calls are signed as, and what that client may do."""
        client = self._store.find(self._client.id, fresh=True)
        return {
            "keyId": self._client.id,
            "library": client.own_library if client else "",
            "allow": list(client.allow) if client else [],
            "images": self._settings.get("VISAGE_KEEP_IMAGES") == "true",
        }
