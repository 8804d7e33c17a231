"""Client keys: who may call, kept as SecureString parameters in SSM Parameter Store, one parameter a client.

The functions only read (`find`); the operator's command line creates, disables and rotates.
"""

import json
import re
import secrets
import string
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from visage import aws
from visage.settings import settings

CACHE_SECONDS = 180
"""How long a container believes a key that it has read; a disabled key works no longer than this."""
REFRESH_SECONDS = 5
"""A signature that does not match a key read longer ago than this may be made with a newer secret."""

LIBRARY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A library's name; rows and images lie below it."""

UNKNOWN_SECONDS = 60
"""Once a stranger has knocked, a container asks so rarely which clients there are."""

_ALPHABET = string.ascii_letters + string.digits
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{4,128}")


class UnknownClientError(Exception):
    """There is no client with this AccessKeyId: the operator named it, no request did."""


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret of a client. A rotated one ends at `ends` (epoch seconds); the current one has no end."""

    value: str = field(repr=False)
    ends: float | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """A caller: `allow` names the actions it may call, or "*" for all.

    Clients with one `library` share its persons; one without has a library of its own.
    `rate` (requests a second of each kind) and `daily` bound it in place of the deployment's own limits; 0 is no bound.
    A temporary client (an STS-style session) also has a `token`, and ends at `ends` (epoch seconds).
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
        """The library that this client's persons are in."""
        return self.library or self.id

    def valid_secrets(self, now: float) -> Iterator[str]:
        """The secrets that a signature made at `now` (epoch seconds) may use, the current one first."""
        return (secret.value for secret in self.secrets if secret.ends is None or secret.ends > now)

    def may(self, action: str) -> bool:
        return "*" in self.allow or action in self.allow


class ClientStore:
    """The clients below one SSM path, such as "/visage/prod/clients/"."""

    def __init__(self, path: str, ssm: Any) -> None:
        self._path = path
        self._ssm = ssm
        self._read: dict[str, tuple[Client, float]] = {}
        self._missed_at = float("-inf")
        self._directory: frozenset[str] = frozenset()
        self._directory_at = float("-inf")

    def find(self, key_id: str, *, fresh: bool = False) -> Client | None:
        """The client with this AccessKeyId, or None. `fresh` asks SSM unless the answer is a few seconds old.

        Strangers' key ids must not use up what SSM answers a second: after one of them, ids are looked up in a list of
        all clients that is read once in `UNKNOWN_SECONDS`. A client made meanwhile waits as long.
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
            self._missed_at = time.monotonic()
            return None
        except ClientError as error:
            if client is None or error.response["Error"]["Code"] != "ThrottlingException":
                raise
            return client
        client = _parse(key_id, answer["Parameter"]["Value"])
        self._read[key_id] = client, time.monotonic()
        return client

    def _is_stranger(self, key_id: str) -> bool:
        """Whether strangers knock these days, and the list of clients does not name this one."""
        now = time.monotonic()
        if now - self._missed_at > UNKNOWN_SECONDS:
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
        """A new client; with `session_seconds`, a temporary one with a security token."""
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
        """Every client, by id."""
        pages = self._ssm.get_paginator("get_parameters_by_path").paginate(Path=self._path, WithDecryption=True)
        found = (parameter for page in pages for parameter in page["Parameters"])
        return sorted((_parse(p["Name"].removeprefix(self._path), p["Value"]) for p in found), key=lambda c: c.id)

    def disable(self, key_id: str) -> Client:
        """Refuse this client's calls. Raises UnknownClientError."""
        client = replace(self._existing(key_id), active=False)
        self._write(client)
        return client

    def limit(self, key_id: str, rate: float | None, daily: int | None) -> Client:
        """Bound a client otherwise; None leaves it to the deployment. Raises UnknownClientError."""
        client = replace(self._existing(key_id), rate=rate, daily=daily)
        self._write(client)
        return client

    def rotate(self, key_id: str, grace_seconds: float) -> Client:
        """A new secret; the present one still works for `grace_seconds`. Raises UnknownClientError."""
        client, now = self._existing(key_id), time.time()
        kept = tuple(replace(secret, ends=now + grace_seconds) for secret in client.secrets if secret.ends is None)
        client = replace(client, secrets=(Secret(_random(30)), *(kept if grace_seconds > 0 else ())))
        self._write(client)
        return client

    def changed(self, key_id: str) -> float:
        """When the client was made, disabled or given a new secret last: epoch seconds. Raises UnknownClientError."""
        try:
            answer = self._ssm.get_parameter(Name=self._path + key_id)
        except self._ssm.exceptions.ParameterNotFound:
            raise UnknownClientError(key_id) from None
        return answer["Parameter"]["LastModifiedDate"].timestamp()

    def delete(self, key_id: str) -> None:
        """Forget a client; one that is not there is no error."""
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
        self._ssm.put_parameter(
            Name=self._path + client.id, Type="SecureString", Value=json.dumps(value), Overwrite=not new
        )
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
