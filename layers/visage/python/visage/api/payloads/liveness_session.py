"""Sessions of interactive liveness on the wire."""

from datetime import UTC, datetime
from typing import Any

from visage.api.dialects.green import OK
from visage.liveness.sessions import Session


def session_data(session: Session) -> dict[str, Any]:
    """The response's data for a new session."""
    return {
        "code": OK,
        "sessionId": session.id,
        "actions": [action.value for action in session.actions],
        "expiresAt": datetime.fromtimestamp(session.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
