"""Nonces: a signed request is accepted once."""

import hashlib
import time

from visage import table
from visage.errors import Reason, VisageError
from visage.table import number

KEEP_SECONDS = 31 * 60
"""Longer than a signature is valid: 15 minutes on either side of now, plus a minute."""


def spend(client_id: str, nonce: str, request_id: str, grace_seconds: int = 0) -> None:
    """Use a client's nonce for one request.

    For `grace_seconds` after the first request others may still use it. That is for requests without a nonce, whose
    signature equals that of an identical request in the same second. Raises VisageError(NONCE_USED) when another
    request used it within `KEEP_SECONDS`.
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
        # TTL deletes items late, so an expired one must not count. Nor may the item that this very call wrote, when its
        # response was lost and botocore repeats the request.
        "attribute_not_exists(pk) OR expires < :now OR #request = :request",
        {":now": number(now), ":request": {"S": request_id}},
        {"#request": "request"},
    )
    # Without grace not even where this machine's clock is behind the one of the first use.
    in_grace = grace_seconds > 0 and found is not None and now - int(found["used"]["N"]) < grace_seconds
    if not spent and not in_grace:
        raise VisageError(Reason.NONCE_USED)
