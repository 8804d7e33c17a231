"""What a task is: one image that is scanned when there is time for it."""

import base64
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

WAITS = 3600
"""Seconds in which a task must be done. Later it does not run any more, and its client is told that it was too late."""
KEPT = 3600
"""Seconds for which a result can be read."""
RECEIVES = 5
"""A message comes so often at most. The last time, a task that was begun before is given up: it seems to take whoever
runs it along."""

_ID = re.compile(r"img[A-Za-z0-9_-]{24}")
_REMEMBERED = 30 * 86400


@dataclass(frozen=True, slots=True)
class Job:
    """What a client wants to be scanned."""

    known: Mapping[str, Any]
    """What the client calls it (dataId, url, extras): told until the result is there. Small, and without images."""
    body: Mapping[str, Any]
    """A synchronous scan's, of one task."""


@dataclass(frozen=True, slots=True)
class Callback:
    """Who is told of a result, and how it can tell who tells it."""

    url: str
    seed: str
    uid: str
    """With the seed and the content it makes the checksum."""


class Stage(Enum):
    """How far a task is. It goes forward only."""

    QUEUED = "queued"
    DONE = "done"
    """It has its result, and only what follows from that is left to do."""
    FORGOTTEN = "forgotten"
    """It had one, which named somebody who is gone."""


@dataclass(frozen=True, slots=True)
class Task:
    """A job that was taken."""

    library: str
    id: str
    known: Mapping[str, Any]
    """What the client calls it; once it is done, its result; nothing where that is forgotten."""
    stage: Stage
    runs: int
    """How often it was begun, this time included."""
    ends: float
    """Epoch seconds: a queued one that is not done by then is late; a done one can be read no longer."""
    body: str
    """What to scan, as JSON; empty where that is stowed away in the upload bucket."""
    stowed: bool
    result_key: str
    called_back: bool
    """Whether somebody is to be told."""

    @property
    def late(self) -> bool:
        """Whether it can only be told that it was not done in time."""
        return self.stage is Stage.QUEUED and self.ends <= time.time()


class State(Enum):
    """What can be said of a task."""

    UNKNOWN = auto()
    WAITING = auto()
    """In the queue, or under way."""
    DONE = auto()
    LATE = auto()
    """It was not done by its time, and will not be."""
    EXPIRED = auto()
    """The result is no longer there."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has come of a task."""

    task_id: str
    state: State
    entry: Mapping[str, Any]
    """Of one that is done its result; of one that waits or is late what the client calls it; of others nothing."""


@dataclass(frozen=True, slots=True)
class Message:
    """What came out of a queue: it names a task."""

    library: str
    task_id: str
    received: int
    """How often it came, this time included."""


@dataclass(frozen=True, slots=True)
class Handled:
    """What came of a message."""

    outcome: str = "OK"
    """For the log."""
    again: int | None = None
    """Seconds until the message is to come again; None where it is done with."""


def new_task_id() -> str:
    """A name that tells when it was given: who asks for it when nothing is left of the task hears that it expired."""
    made = int(time.time()).to_bytes(4, "big")
    # The random part first: sort keys that grow would all be written to one end of the table.
    return "img" + base64.urlsafe_b64encode(secrets.token_bytes(14) + made).decode()


def is_task_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def has_expired(task_id: str) -> bool:
    """Whether a task of this name, of which nothing is left, may have been there in the last thirty days."""
    made = int.from_bytes(base64.urlsafe_b64decode(task_id.removeprefix("img"))[-4:], "big")
    return KEPT <= time.time() - made <= _REMEMBERED
