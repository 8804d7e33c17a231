"""Liveness sessions: a set of requested actions, valid once within three minutes.

A session is a row that belongs to a library and one of its clients. A conditional write spends it before any frame is
fetched, so of two submissions, even concurrent ones, only one is judged. A failed submission spends it too.
"""

import secrets
import time
from dataclasses import dataclass

from visage import table
from visage.errors import Reason, VisageError
from visage.liveness.actions import Action, draw
from visage.settings import settings
from visage.table import Key, number

SECONDS = 180
_KEEP_SECONDS = 3600
"""Seconds after its end for which an expired session is distinguished from an unknown one."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session."""

    id: str
    actions: tuple[Action, ...]
    """In the order in which to perform them."""
    expires: int
    """Seconds since 1970."""


def create(library: str, client_id: str) -> Session:
    """Create a session for a library's client, with random actions."""
    now = int(time.time())
    session = Session(secrets.token_urlsafe(24), draw(settings().liveness_actions), now + SECONDS)
    table.put({
        **_key(library, session.id),
        "client": {"S": client_id},
        "actions": {"L": [{"S": action.value} for action in session.actions]},
        "until": number(session.expires),
        "expires": number(session.expires + _KEEP_SECONDS),
    })  # fmt: skip
    return session


def spend(library: str, client_id: str, session_id: str, request_id: str) -> tuple[Action, ...]:
    """Spend a session on one request; return the requested actions.

    Raises VisageError: SESSION_UNKNOWN, also for another client's session; SESSION_USED; SESSION_EXPIRED.
    """
    now = int(time.time())
    spent, row = table.update(
        _key(library, session_id),
        "SET #used = :request",
        # The write of this very request, repeated because its response was lost, is not a second use.
        "client = :client AND #until > :now AND (attribute_not_exists(#used) OR #used = :request)",
        {":client": {"S": client_id}, ":now": number(now), ":request": {"S": request_id}},
        {"#used": "used", "#until": "until"},
    )
    if not row or row["client"]["S"] != client_id or int(row["expires"]["N"]) <= now:
        raise VisageError(Reason.SESSION_UNKNOWN)
    if not spent:
        raise VisageError(Reason.SESSION_USED if "used" in row else Reason.SESSION_EXPIRED)
    return tuple(Action(action["S"]) for action in row["actions"]["L"])


def _key(library: str, session_id: str) -> Key:
    return table.key(f"SESSION#{library}#{session_id}", "SESSION")
