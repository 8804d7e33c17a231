"""Callbacks: pushes a result to the URL that its client named, until the first 200."""

import hashlib
import secrets
import time

from visage import table
from visage.errors import Reason, VisageError
from visage.jobs import rows
from visage.jobs.types import Handled, Stage
from visage.media.push import push
from visage.table import number

MAX_ATTEMPTS = 16
SECONDS = 5.0
"""How long a receiver has to answer."""
CLAIM_SECONDS = 30
"""Seconds for which nobody else tries: longer than the function that tries may run."""
_FIRST_PAUSE, _GROWTH = 5, 1.46
"""Seconds before the second attempt, and their growth: all attempts are made while the result can be read."""


def deliver(library: str, task_id: str) -> Handled:
    """Push a task's result, unless that is done already or in progress.

    The outcome is `delivered`; `given up` after the last attempt, or for an address that may never be called; `nothing
    to do`; `claimed` while another worker tries; or what the receiver answered instead of 200.

    The row records the delivery. Only a worker that dies between a receiver's 200 and that record makes a callback
    arrive twice.
    """
    place, now, claimant = rows.key(library, task_id), time.time(), {"S": secrets.token_hex(8)}
    claimed, row = table.update(
        place,
        "SET claimed = :until, claimant = :who ADD tries :one",
        "stage = :done AND ends > :now AND attribute_exists(callback) "
        "AND (attribute_not_exists(claimed) OR claimed < :now)",
        {
            ":until": number(now + CLAIM_SECONDS),
            ":who": claimant,
            ":one": number(1),
            ":now": number(now),
            ":done": {"S": Stage.DONE.value},
        },
    )
    # Also ours if the response to the claim was lost and botocore repeated the request.
    if row is None or not (claimed or ("callback" in row and row.get("claimant") == claimant)):
        others = row is not None and "callback" in row and float(row.get("claimed", number(0))["N"]) >= now
        return Handled("claimed", CLAIM_SECONDS) if others else Handled("nothing to do")
    content = row["entry"]["S"]
    answer = _push(row["callback"]["S"], content, checksum(row["uid"]["S"], row["seed"]["S"], content))
    tries = int(row["tries"]["N"])
    if answer in ("200", Reason.IMAGE_ADDRESS.name) or tries >= MAX_ATTEMPTS:
        table.update(place, "REMOVE callback, seed, uid, claimed, claimant", "attribute_exists(pk)")
        return Handled("delivered" if answer == "200" else "given up")
    table.update(place, "REMOVE claimed, claimant", "attribute_exists(pk)")
    return Handled(answer, pause(tries))


def checksum(uid: str, seed: str, content: str) -> str:
    """The SHA-256, in hex, by which a receiver verifies the sender."""
    return hashlib.sha256(f"{uid}{seed}{content}".encode()).hexdigest()


def pause(tries: int) -> int:
    """Seconds between attempt `tries`, counted from 1, and the next."""
    return round(_FIRST_PAUSE * _GROWTH ** (tries - 1))


def _push(url: str, content: str, checksum: str) -> str:
    try:
        return str(push(url, {"checksum": checksum, "content": content}, SECONDS))
    except VisageError as error:
        return error.reason.name
