"""Admission of requests: clock, key, token, signature, permission, nonce and limits, in this order."""

import hmac
import time

from visage.access import limits
from visage.access.clients import Client, clients
from visage.access.nonces import spend
from visage.api.security.signatures import Claim
from visage.errors import Reason, VisageError

CLOCK_SECONDS = 15 * 60
"""A signature is valid for this many seconds on either side of our clock."""
_MAX_SHOWN = 16_384
"""The longest string to sign shown to a refused client: one with images in it would outgrow the response."""


EQUAL_SECONDS = 60
"""Seconds for which a repeated request without a nonce is no replay: identical requests of one second have one
signature."""


def admit(claim: Claim, actions: str | tuple[str, ...], request_id: str, *, writes: bool = True) -> Client:
    """Return the client that made this claim. Raises VisageError if there is none, or it may call none of `actions`.

    A nonce is valid for one request. Without one, which only ROA v1 allows, a signature is valid as long as the clock
    allows or, if the action `writes`, for `EQUAL_SECONDS` after its first use.
    """
    now = time.time()
    if abs(now - claim.time.timestamp()) > CLOCK_SECONDS:
        raise VisageError(Reason.TIMESTAMP_EXPIRED)
    client = _prover(claim, now)
    action = next(filter(client.may, (actions,) if isinstance(actions, str) else actions), None)
    if action is None:
        raise VisageError(Reason.NOT_PERMITTED)
    if claim.nonce is not None:
        spend(client.id, claim.nonce, request_id)
    elif writes:
        spend(client.id, claim.signature, request_id, EQUAL_SECONDS)
    # Last, so that nobody else can use up a client's quota, not even by repeating the client's own requests.
    limits.take(client, action)
    return client


def _prover(claim: Claim, now: float) -> Client:
    """The client whose signature the claim contains. The body is not read before its key is known."""
    client = clients().find(claim.key_id)
    if client is None:
        raise VisageError(Reason.KEY_UNKNOWN)
    proved = claim.proved_by(*client.valid_secrets(now))
    if not proved:
        # The secret may have been rotated since this container read it.
        client, believed = clients().find(claim.key_id, fresh=True), client
        if client is None:
            raise VisageError(Reason.KEY_UNKNOWN)
        proved = client.secrets != believed.secrets and claim.proved_by(*client.valid_secrets(now))
    if not client.active:
        raise VisageError(Reason.KEY_INACTIVE)
    _check_token(claim, client, now)
    if not proved:
        raise VisageError(Reason.SIGNATURE_MISMATCH, claim.expected(_MAX_SHOWN) or "(too long to show)")
    return client


def _check_token(claim: Claim, client: Client, now: float) -> None:
    own = client.token if not claim.by_ticket else None
    if own is not None and claim.token is None:
        raise VisageError(Reason.TOKEN_REQUIRED)
    if not hmac.compare_digest((claim.token or "").encode(), (own or "").encode()):
        raise VisageError(Reason.TOKEN_MISMATCH)
    if client.ends is not None and client.ends <= now:
        raise VisageError(Reason.TOKEN_EXPIRED)
