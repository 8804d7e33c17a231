"""Rights to upload by OSS's own signatures: a ticket, for which the client's secret vouches and which is kept nowhere.

S3 knows nothing of OSS's signatures, so what is signed by them comes in by the front door. A ticket's secret is derived
from the client's and from the ticket's token: whoever signs by it was given it, and it ends with the client's secret.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field

from visage.access.clients import Client

_MARK = "visage-upload."
_LONGEST = 512
"""Characters of a token."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The credentials of OSS's clients, named as they name them."""

    key_id: str
    secret: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose ticket a token is, if it is one: only a signature proves that."""

    client_id: str
    ends: float
    """Epoch seconds."""


def issue(client: Client, ends: float) -> Ticket:
    """A new ticket of a client, good until `ends` (epoch seconds)."""
    content = json.dumps([client.id, int(ends), secrets.token_urlsafe(9)], separators=(",", ":"))
    token = _MARK + base64.urlsafe_b64encode(content.encode()).decode()
    return Ticket(f"STS.{client.id}", derive(client.secrets[0].value, token), token)


def derive(secret: str, token: str) -> str:
    """The secret of the ticket with this token, for a client's secret."""
    digest = hmac.new(secret.encode(), f"upload ticket\n{token}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def read(token: str) -> Bearer | None:
    """What a token says; None where it is none of ours."""
    if not token.startswith(_MARK) or len(token) > _LONGEST:
        return None
    try:
        client_id, ends, _ = json.loads(base64.urlsafe_b64decode(token.removeprefix(_MARK)))
        return Bearer(client_id, float(ends)) if isinstance(client_id, str) else None
    except (ValueError, TypeError):
        return None
