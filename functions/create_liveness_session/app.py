"""CreateLivenessSession: creates a session with random actions, valid for three minutes."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects.green import GreenCall
from visage.api.operation import green_operation
from visage.api.payloads.liveness_session import session_data
from visage.liveness.sessions import create


@green_operation("CreateLivenessSession", writes=True)
def handler(call: GreenCall) -> Mapping[str, Any]:
    return session_data(create(call.library, call.client.id))
