"""Rate limits: how often a client may call, per second and per day.

A token bucket per client and kind of action, which holds the calls of one second. It is implemented as the generic cell
rate algorithm (ITU-T I.371), with one number: the time at which the bucket is full again. A call costs one write of the
table, two if the client's pace has just changed.
"""

import time
from datetime import UTC, datetime, timedelta

from visage import table
from visage.access.clients import Client
from visage.errors import Reason, VisageError
from visage.settings import settings
from visage.table import Row, number

LIBRARY = frozenset({
    *("AddPerson", "SetPerson", "GetPerson", "DeletePerson", "AddGroups", "DeleteGroups", "GetGroups", "GetPersons"),
    *("AddFaces", "GetFaces", "DeleteFaces"),
})  # fmt: skip
"""Actions on persons and faces, for which the contract has tighter limits."""
_SECOND = 1_000_000
"""Times are microseconds since the epoch."""
_KEPT = 2 * 86_400
"""Seconds for which the row of an inactive client is kept."""
_ATTEMPTS = 4
_full: dict[tuple[str, str], int] = {}
"""Client and kind → when its bucket is full again, as last seen by this container."""


def take(client: Client, action: str) -> None:
    """Count a call. Raises VisageError(THROTTLED) when the client has called too often."""
    kind = "library" if action in LIBRARY else "other"
    rate = client.rate if client.rate is not None else _rate(kind)
    daily = client.daily if client.daily is not None else settings().daily
    if not rate and not daily:
        return
    for _attempt in range(_ATTEMPTS):
        now = time.time_ns() // 1000
        taken, row = _write(client.id, kind, now, rate, daily)
        full = int(row[kind]["N"]) if row and kind in row else 0
        _full[client.id, kind] = full
        if taken:
            return
        if row and daily and int(row.get(_day(), number(0))["N"]) >= daily:
            raise VisageError(Reason.THROTTLED, f"The client's {daily:,} requests of the day are used up.")
        if rate and full > now + _tolerance(rate):
            raise VisageError(Reason.THROTTLED, f"The client may send {rate:g} such requests a second.")
    # Others changed the bucket at each attempt: a limit must be fair, not exact.


def _rate(kind: str) -> float:
    return settings().library_rate if kind == "library" else settings().rate


def _tolerance(rate: float) -> int:
    """How far in the future the bucket may be full again for another call to be accepted, in microseconds."""
    return int(_SECOND * (max(1, rate) - 1) / rate)


def _write(client_id: str, kind: str, now: int, rate: float, daily: int) -> tuple[bool, Row | None]:
    """Count a call. Returns whether it was accepted, and the row, as it is now or as it was found."""
    values, names = {":expires": number(now // _SECOND + _KEPT)}, {"#expires": "expires"}
    change, conditions = "SET #expires = :expires", []
    if rate:
        names["#full"] = kind
        values |= {":now": number(now)}
        if _full.get((client_id, kind), 0) < now:
            change += ", #full = :full"
            values |= {":full": number(now + int(_SECOND / rate))}
            conditions.append("(attribute_not_exists(#full) OR #full < :now)")
        else:
            change += ", #full = #full + :cell"
            values |= {":cell": number(int(_SECOND / rate)), ":latest": number(now + _tolerance(rate))}
            conditions.append("#full BETWEEN :now AND :latest")
    if daily:
        names |= {"#day": _day(), "#before": _day(1), "#earlier": _day(2)}
        values |= {":one": number(1), ":daily": number(daily)}
        change += " REMOVE #before, #earlier ADD #day :one"
        conditions.append("(attribute_not_exists(#day) OR #day < :daily)")
    return table.update(key(client_id), change, " AND ".join(conditions), values, names)


def key(client_id: str) -> table.Key:
    return table.key(f"LIMIT#{client_id}", "LIMIT")


def _day(ago: int = 0) -> str:
    """Name of the attribute that counts the calls of a day, in UTC."""
    return f"day{datetime.now(UTC) - timedelta(days=ago):%Y%m%d}"
