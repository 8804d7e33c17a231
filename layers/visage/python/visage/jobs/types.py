"""The types of asynchronous scans. A task is one image to scan when a worker is free."""

import base64
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

DEADLINE_SECONDS = 3600
"""Seconds within which a task must be done. Later it does not run, and its client is told that it timed out."""
RETENTION_SECONDS = 3600
"""Seconds for which a result can be read."""
MAX_RECEIVES = 5
"""The most deliveries of a message. At the last one, a task that was begun before is given up: it seems to crash its
worker."""

_ID = re.compile(r"img[A-Za-z0-9_-]{24}")
_REMEMBERED = 30 * 86400


@dataclass(frozen=True, slots=True)
class Job:
    """A client's request to scan an image."""

    known: Mapping[str, Any]
    """The client's names for it (dataId, url, extras), returned until the result is there. Small, without images."""
    body: Mapping[str, Any]
    """The body of a synchronous scan with one task."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Where to send a result, and what proves its sender."""

    url: str
    seed: str
    uid: str
    """Part of the checksum, with the seed and the content."""


class Stage(Enum):
    """A task's stage. It only moves forward."""

    QUEUED = "queued"
    DONE = "done"
    """The result is stored; only its follow-up remains."""
    FORGOTTEN = "forgotten"
    """The result was erased, because it named a person who is gone."""


@dataclass(frozen=True, slots=True)
class Task:
    """A job that was accepted."""

    library: str
    id: str
    known: Mapping[str, Any]
    """The client's names for it; once it is done, its result; empty after the result was erased."""
    stage: Stage
    runs: int
    """Number of times it was begun, including this one."""
    ends: float
    """Epoch seconds: deadline of a queued task; when the result of a done task expires."""
    body: str
    """What to scan, as JSON; empty if it is stored in the upload bucket."""
    stowed: bool
    result_key: str
    called_back: bool
    """Whether a callback must be sent."""

    @property
    def late(self) -> bool:
        """Whether the task missed its deadline, so that its client can only be told that."""
        return self.stage is Stage.QUEUED and self.ends <= time.time()


class State(Enum):
    """What a client is told about a task."""

    UNKNOWN = auto()
    WAITING = auto()
    """Queued or running."""
    DONE = auto()
    LATE = auto()
    """It missed its deadline."""
    EXPIRED = auto()
    """Its result is no longer available."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state of a task."""

    task_id: str
    state: State
    entry: Mapping[str, Any]
    """The result of a done task; the client's names for a waiting or late one; otherwise empty."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message from a queue, with the id of a task."""

    library: str
    task_id: str
    received: int
    """Number of deliveries, including this one."""


@dataclass(frozen=True, slots=True)
class Handled:
    """The outcome of handling a message."""

    outcome: str = "OK"
    """For the log."""
    again: int | None = None
    """Seconds until the message should be delivered again; None if it is done."""


def new_task_id() -> str:
    """A new task id, which contains its time of creation, so that an expired task can be told from an unknown one."""
    created = int(time.time()).to_bytes(4, "big")
    # The random part first: growing sort keys would all be written to one end of the table.
    return "img" + base64.urlsafe_b64encode(secrets.token_bytes(14) + created).decode()


def is_task_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def has_expired(task_id: str) -> bool:
    """Whether a task with this id, of which nothing is left, may have existed in the last thirty days."""
    created = int.from_bytes(base64.urlsafe_b64decode(task_id.removeprefix("img"))[-4:], "big")
    return RETENTION_SECONDS <= time.time() - created <= _REMEMBERED
