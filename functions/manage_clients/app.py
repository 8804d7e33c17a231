"""ManageClients: lists, creates, limits, rotates and disables clients, for an operator's key."""

from collections.abc import Mapping
from typing import Any

from visage.access.clients import clients
from visage.api.dialects.green import OK, GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.keyring import Keyring


@green_operation("ManageClients", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    return {"code": OK, **Keyring(clients(), call.client.id).work(call.body)}
