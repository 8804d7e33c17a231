"""Client keys: who may call. One SecureString parameter per client in SSM Parameter Store.

Functions only read them (`find`); the operator's command line creates, disables and rotates them.
"""

import hashlib
import json
import re
import secrets
import string
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from visage import aws
from visage.settings import settings

CACHE_SECONDS = 180
"""Seconds for which a container trusts a key that it has read; a disabled key works no longer than this."""
REFRESH_SECONDS = 5
"""A signature may be made with a newer secret if the cached key is older than this."""

LIBRARY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A library's name, which prefixes its rows and images."""

UNKNOWN_SECONDS = 60
"""Seconds for which a container remembers an unknown key id, and for which it trusts its list of all clients."""
LOOKUPS = 10
"""Unknown key ids that a container looks up in that time one by one. Beyond, it reads the list of all clients."""

OPERATOR = "ManageClients"
"""The action that lists and changes clients. Who may call it is named: "*" does not include it."""

_ALPHABET = string.ascii_letters + string.digits
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{4,128}")


class UnknownClientError(Exception):
    """No client has this AccessKeyId; raised for operators' commands, not for requests."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a client. A rotated one ends at `ends` (epoch seconds); the current one has no end."""

    value: str = field(repr=False)
    ends: float | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A caller. `allow` lists the actions it may call, or "*" for all but `OPERATOR`.

    Clients with the same `library` share its persons; a client without one has its own. `rate` (requests per second of
    each kind) and `daily` replace the deployment's limits; 0 is unlimited. A temporary client (an STS-style session)
    also has a `token`, and ends at `ends` (epoch seconds).
    """

    id: str
    name: str
    secrets: tuple[Secret, ...]
    allow: tuple[str, ...] = ("*",)
    active: bool = True
    token: str | None = field(default=None, repr=False)
    ends: float | None = None
    library: str = ""
    rate: float | None = None
    daily: int | None = None

    @property
    def own_library(self) -> str:
        """The library of this client's persons."""
        return self.library or self.id

    @property
    def pseudonym(self) -> str:
        """Stands for the client in logs, which hold no id: 8 hexadecimal digits."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:8]

    def valid_secrets(self, now: float) -> Iterator[str]:
        """The secrets valid at `now` (epoch seconds), the current one first."""
        return (secret.value for secret in self.secrets if secret.ends is None or secret.ends > now)

    def may(self, action: str) -> bool:
        return action in self.allow or ("*" in self.allow and action != OPERATOR)


class ClientStore:
    """The clients below one SSM path, such as "/visage/prod/clients/"."""

    def __init__(self, path: str, ssm: Any) -> None:
        self._path = path
        self._ssm = ssm
        self._read: dict[str, tuple[Client, float]] = {}
        self._misses: deque[tuple[float, str]] = deque(maxlen=LOOKUPS)
        self._directory: frozenset[str] = frozenset()
        self._directory_at = float("-inf")

    def find(self, key_id: str, *, fresh: bool = False) -> Client | None:
        """The client with this AccessKeyId, or None. `fresh`: read it from SSM unless it was read a few seconds ago.

        Unknown key ids must not exhaust SSM's request rate. So an unknown id is remembered, and where many of them
        come, ids are looked up in a list of all clients that is read once per `UNKNOWN_SECONDS`. Only then does a new
        client have to wait.
        """
        if not _KEY_ID.fullmatch(key_id):
            return None
        client, read_at = self._read.get(key_id, (None, float("-inf")))
        if time.monotonic() - read_at < (REFRESH_SECONDS if fresh else CACHE_SECONDS):
            return client
        if client is None and self._is_stranger(key_id):
            return None
        try:
            answer = self._ssm.get_parameter(Name=self._path + key_id, WithDecryption=True)
        except self._ssm.exceptions.ParameterNotFound:
            self._read.pop(key_id, None)
            self._misses.append((time.monotonic(), key_id))
            return None
        except ClientError as error:
            if client is None or error.response["Error"]["Code"] != "ThrottlingException":
                raise
            return client
        client = _parse(key_id, answer["Parameter"]["Value"])
        self._read[key_id] = client, time.monotonic()
        return client

    def _is_stranger(self, key_id: str) -> bool:
        """Whether this key id was unknown recently, or so many were that it is not worth a look beyond the list."""
        now = time.monotonic()
        recent = [key for at, key in self._misses if now - at <= UNKNOWN_SECONDS]
        if key_id in recent:
            return True
        if len(recent) < LOOKUPS:
            return False
        if now - self._directory_at > UNKNOWN_SECONDS:
            pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path)
            names = (parameter["Name"] for page in pages for parameter in page["Parameters"])
            self._directory, self._directory_at = frozenset(name.removeprefix(self._path) for name in names), now
        return key_id not in self._directory

    def create(
        self,
        name: str,
        allow: tuple[str, ...] = ("*",),
        session_seconds: float | None = None,
        library: str = "",
        *,
        rate: float | None = None,
        daily: int | None = None,
    ) -> Client:
        """Create a client; with `session_seconds`, a temporary one with a security token."""
        temporary = session_seconds is not None
        client = Client(
            id="STS." + _random(21) if temporary else "LTAI" + _random(20),
            name=name,
            secrets=(Secret(_random(30)),),
            allow=allow,
            token=_random(96) if temporary else None,
            ends=time.time() + session_seconds if temporary else None,
            library=library,
            rate=rate,
            daily=daily,
        )
        self._write(client, new=True)
        return client

    def all(self) -> list[Client]:
        """All clients, by id."""
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path, WithDecryption=True)
        found = (parameter for page in pages for parameter in page["Parameters"])
        return sorted((_parse(p["Name"].removeprefix(self._path), p["Value"]) for p in found), key=lambda c: c.id)

    def disable(self, key_id: str) -> Client:
        """Refuse this client's calls from now on. Raises UnknownClientError."""
        client = replace(self._existing(key_id), active=False)
        self._write(client)
        return client

    def limit(self, key_id: str, rate: float | None, daily: int | None) -> Client:
        """Set a client's limits; None uses the deployment's. Raises UnknownClientError."""
        client = replace(self._existing(key_id), rate=rate, daily=daily)
        self._write(client)
        return client

    def rotate(self, key_id: str, grace_seconds: float) -> Client:
        """Create a new secret; the current one still works for `grace_seconds`. Raises UnknownClientError."""
        client, now = self._existing(key_id), time.time()
        kept = tuple(replace(secret, ends=now + grace_seconds) for secret in client.secrets if secret.ends is None)
        client = replace(client, secrets=(Secret(_random(30)), *(kept if grace_seconds > 0 else ())))
        self._write(client)
        return client

    def changed(self, key_id: str) -> float:
        """When the client was last created, disabled or rotated: epoch seconds. Raises UnknownClientError."""
        try:
            answer = self._ssm.get_parameter(Name=self._path + key_id)
        except self._ssm.exceptions.ParameterNotFound:
            raise UnknownClientError(key_id) from None
        return answer["Parameter"]["LastModifiedDate"].timestamp()

    def delete(self, key_id: str) -> None:
        """Delete a client; a missing one is no error."""
        self._ssm.delete_parameters(Names=[self._path + key_id])
        self._read.pop(key_id, None)

    def _existing(self, key_id: str) -> Client:
        self._read.pop(key_id, None)
        client = self.find(key_id)
        if client is None:
            raise UnknownClientError(key_id)
        return client

    def _write(self, client: Client, *, new: bool = False) -> None:
        value = asdict(client)
        del value["id"]
        name, text = self._path + client.id, json.dumps(value)
        try:
            self._ssm.put_parameter(Name=name, Type="SecureString", Value=text, Overwrite=not new)
        except self._ssm.exceptions.ParameterAlreadyExists:
            # boto3 repeats a request whose response was lost, and then meets its own parameter.
            if self._ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"] != text:
                raise
        self._read.pop(client.id, None)


def _parse(key_id: str, text: str) -> Client:
    value = json.loads(text)
    value["secrets"] = tuple(Secret(**secret) for secret in value["secrets"])
    value["allow"] = tuple(value["allow"])
    return Client(id=key_id, **value)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


@cache
def clients() -> ClientStore:
    """This deployment's clients."""
    return ClientStore(settings().client_path, aws.client("ssm"))
