"""Nonces: a signed request is answered once."""

import hashlib
import time

from visage import table
from visage.errors import Reason, VisageError
from visage.table import number

KEEP_SECONDS = 31 * 60
"""Longer than a signature lives: 15 minutes of clock on either side of now, and a minute to spare."""


def spend(client_id: str, nonce: str, request_id: str, grace_seconds: int = 0) -> None:
    """Use up a client's nonce for one request.

    `grace_seconds` after the first request others may use it still, none later: that is for the signature of a request
    without a nonce, which is that of an equal request made in the same second.
    Raises VisageError(NONCE_USED) when another request used it within `KEEP_SECONDS`.
    """
    now = int(time.time())
    digest = hashlib.sha256(nonce.encode()).hexdigest()
    row = {
        **table.key(f"NONCE#{client_id}#{digest}", "NONCE"),
        "request": {"S": request_id},
        "used": number(now),
        "expires": number(now + KEEP_SECONDS),
    }
    spent, found = table.put(
        row,
        # TTL collects garbage late: an expired item still lying there must not count. Nor may the item that this
        # very call wrote when its answer was lost and boto3 asks again.
        "attribute_not_exists(pk) OR expires < :now OR #request = :request",
        {":now": number(now), ":request": {"S": request_id}},
        {"#request": "request"},
    )
    if not spent and (found is None or now - int(found["used"]["N"]) >= grace_seconds):
        raise VisageError(Reason.NONCE_USED)
