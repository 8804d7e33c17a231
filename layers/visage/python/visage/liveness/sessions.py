"""Sessions: what a person is asked to do, once, within three minutes.

A session is a row that belongs to a library and to one of its clients. It is spent by a conditional write before
anything is looked at, so that of two answers to it, even at the same time, one is judged; a failed one spends it, too.
"""

import secrets
import time
from dataclasses import dataclass

from visage import aws
from visage.errors import Reason, VisageError
from visage.liveness.actions import Action, draw
from visage.settings import settings

SECONDS = 180
_KEEP_SECONDS = 3600
"""How long after its end a session is told from one that never was."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is asked for."""

    id: str
    actions: tuple[Action, ...]
    """In the order in which they are to be done."""
    expires: int
    """Seconds since 1970."""


def create(library: str, client_id: str) -> Session:
    """A new session of a library's client, with actions drawn at random."""
    now = int(time.time())
    session = Session(secrets.token_urlsafe(24), draw(settings().liveness_actions), now + SECONDS)
    aws.client("dynamodb").put_item(
        TableName=settings().table,
        Item={
            **_key(library, session.id),
            "client": {"S": client_id},
            "actions": {"L": [{"S": action.value} for action in session.actions]},
            "until": {"N": str(session.expires)},
            "expires": {"N": str(session.expires + _KEEP_SECONDS)},
        },
    )
    return session


def spend(library: str, client_id: str, session_id: str, request_id: str) -> tuple[Action, ...]:
    """Use up a session for one request; the actions that were asked for.

    Raises VisageError: SESSION_UNKNOWN, also for another client's session; SESSION_USED; SESSION_EXPIRED.
    """
    now = int(time.time())
    dynamodb = aws.client("dynamodb")
    try:
        answer = dynamodb.update_item(
            TableName=settings().table,
            Key=_key(library, session_id),
            UpdateExpression="SET #used = :request",
            # The write of this very request, asked for again because its answer was lost, is no second use.
            ConditionExpression=(
                "client = :client AND #until > :now AND (attribute_not_exists(#used) OR #used = :request)"
            ),
            ExpressionAttributeNames={"#used": "used", "#until": "until"},
            ExpressionAttributeValues={
                ":client": {"S": client_id},
                ":now": {"N": str(now)},
                ":request": {"S": request_id},
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException as error:
        row = error.response.get("Item")
        if not row or row["client"]["S"] != client_id or int(row["expires"]["N"]) <= now:
            raise VisageError(Reason.SESSION_UNKNOWN) from None
        raise VisageError(Reason.SESSION_USED if "used" in row else Reason.SESSION_EXPIRED) from None
    return tuple(Action(action["S"]) for action in answer["Attributes"]["actions"]["L"])


def _key(library: str, session_id: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"SESSION#{library}#{session_id}"}, "sk": {"S": "SESSION"}}
