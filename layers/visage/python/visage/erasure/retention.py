"""Purges persons who have been unused for long: neither enrolled nor found by a search."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import takewhile

from visage.access import trail
from visage.access.trail import Record
from visage.erasure.persons import delete_unused, libraries
from visage.gallery.persons import usage
from visage.gallery.upkeep.steps import run_all

ACTOR, OPERATION = "retention", "PurgePerson"
"""The actor and operation in the audit trail."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A person who may be purged."""

    library: str
    person_id: str
    last_use: str
    """A day, ISO 8601."""


def unused(days: int) -> Iterator[Unused]:
    """Persons unused for more than this number of days; none for 0."""
    if days:
        before = usage.today() - timedelta(days=days)
        for library in libraries():
            yield from (Unused(library, person_id, day) for person_id, day in usage.unused(library, before))


def purge_unused(days: int, request_id: str, until: float, who: str = ACTOR) -> int:
    """Delete unused persons; return how many. Those not reached by `until` (time.monotonic) are left to the next run.

    A person who is found meanwhile stays. Each purge is recorded in the audit trail, before and after.
    """
    in_time = takewhile(lambda _person: time.monotonic() < until, unused(days))
    return sum(run_all(partial(_purge, person, who, request_id) for person in in_time))


def _purge(person: Unused, who: str, request_id: str) -> bool:
    _record(person, who, request_id, trail.BEGUN)
    purged = delete_unused(person.library, person.person_id, person.last_use)
    if purged:
        _record(person, who, request_id, trail.OK)
    return purged


def _record(person: Unused, who: str, request_id: str, outcome: str) -> None:
    trail.write(Record(person.library, who, OPERATION, request_id, outcome, {"persons": [person.person_id]}))
