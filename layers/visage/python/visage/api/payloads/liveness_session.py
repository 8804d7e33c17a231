"""Sessions of interactive liveness on the wire."""

from datetime import UTC, datetime
from typing import Any

from visage.api.dialects.green import OK
from visage.liveness.bounds import FRAME_RATES, FRAMES, MIN_SIDE
from visage.liveness.sessions import Session

ADVICE = {
    "frames": {"least": FRAMES[0], "most": FRAMES[1]},
    "framesPerSecond": {"least": FRAME_RATES[0], "most": FRAME_RATES[1], "best": 8},
    "longerSide": {"best": 640},
    "faceSide": {"least": MIN_SIDE, "best": 200},
}
"""How to take the frames; sides in pixels."""


def session_data(session: Session) -> dict[str, Any]:
    """The response's data for a new session."""
    return {
        "code": OK,
        "sessionId": session.id,
        "actions": [action.value for action in session.actions],
        "expiresAt": datetime.fromtimestamp(session.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "advice": ADVICE,
    }
