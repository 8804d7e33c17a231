"""Callbacks: a result is pushed to the URL that its client named, until that answers 200 for the first time."""

import hashlib
import secrets
import time

from visage import table
from visage.errors import Reason, VisageError
from visage.jobs import rows
from visage.jobs.types import Handled, Stage
from visage.media.push import push
from visage.table import number

TRIES = 16
SECONDS = 5.0
"""That a receiver has to answer."""
CLAIM = 30
"""Seconds for which nobody else tries: longer than a function that tries may run."""
_FIRST, _GROWTH = 5, 1.46
"""All tries are made within the hour in which the result can be read."""


def deliver(library: str, task_id: str) -> Handled:
    """Tries to tell of a task's result, unless somebody has done so or is doing so.

    The outcome is `delivered`, `given up` after the last try or where the address is none that may ever be called,
    `nothing to do`, `claimed` by somebody else who is at it, or what the receiver answered instead of 200.

    The row remembers who was told. Only who dies between a receiver's 200 and that leaves a callback that is tried
    again although it has arrived.
    """
    place, now, who = rows.key(library, task_id), time.time(), {"S": secrets.token_hex(8)}
    claimed, row = table.update(
        place,
        "SET claimed = :until, claimant = :who ADD tries :one",
        "stage = :done AND ends > :now AND attribute_exists(callback) "
        "AND (attribute_not_exists(claimed) OR claimed < :now)",
        {
            ":until": number(now + CLAIM),
            ":who": who,
            ":one": number(1),
            ":now": number(now),
            ":done": {"S": Stage.DONE.value},
        },
    )
    # Ours all the same where the answer to the claim was lost, and boto3 sent it again.
    if row is None or not (claimed or ("callback" in row and row.get("claimant") == who)):
        others = row is not None and "callback" in row and float(row.get("claimed", number(0))["N"]) >= now
        return Handled("claimed", CLAIM) if others else Handled("nothing to do")
    content = row["entry"]["S"]
    answer = _push(row["callback"]["S"], content, checksum(row["uid"]["S"], row["seed"]["S"], content))
    tries = int(row["tries"]["N"])
    if answer in ("200", Reason.IMAGE_ADDRESS.name) or tries >= TRIES:
        table.update(place, "REMOVE callback, seed, uid, claimed, claimant", "attribute_exists(pk)")
        return Handled("delivered" if answer == "200" else "given up")
    table.update(place, "REMOVE claimed, claimant", "attribute_exists(pk)")
    return Handled(answer, pause(tries))


def checksum(uid: str, seed: str, content: str) -> str:
    """By which a receiver knows who sent the content: SHA-256 in hex."""
    return hashlib.sha256(f"{uid}{seed}{content}".encode()).hexdigest()


def pause(tries: int) -> int:
    """Seconds between try number `tries`, from 1, and the next."""
    return round(_FIRST * _GROWTH ** (tries - 1))


def _push(url: str, content: str, checksum: str) -> str:
    try:
        return str(push(url, {"checksum": checksum, "content": content}, SECONDS))
    except VisageError as error:
        return error.reason.name
