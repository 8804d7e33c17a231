"""More calls than the local stack can answer: what can be answered is, and the rest is sent away quickly.

An open loop: calls come at a rate of their own, whoever waits. moto answers one request at a time and is slower than
DynamoDB, so the capacity is this machine's and not AWS's.
"""

import http.client
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from torture.rows import Row
from torture.targets.caller import Answered
from torture.targets.deployment import photo
from torture.targets.remote import Remote, stacked

SHED = 2.0
"""Seconds within which a call that is sent away must know it, at the 95th percentile."""
_AT_ONCE = 256
_UNLIMITED = {"ClientRate": "0", "LibraryRate": "0", "RequestRate": "100000", "RequestBurst": "100000"}
"""Parameters without which one client would meet his own limit before the machine's."""


def run(seed: int, seconds: float) -> list[Row]:
    with unlimited() as remote:
        capacity = _capacity(remote, seconds / 10)
        return [_loaded(remote, times, capacity, seconds * 3 / 10) for times in (1, 2, 4)]


@contextmanager
def unlimited() -> Iterator[Remote]:
    """A fresh stack with a person, whose clients have no limits of their own."""
    with stacked(**_UNLIMITED) as remote:
        remote.green("AddPerson", {"personId": "ann", "groupIds": ["staff"]})
        yield remote


@dataclass(frozen=True, slots=True)
class _Told:
    """What became of a call: the status is 0 where there was no answer."""

    status: int
    code: str
    seconds: float


def _called(remote: Remote, number: int) -> _Told:
    call = MIX[number % len(MIX)]
    started = time.monotonic()
    try:
        answer = call(remote)
        return _Told(answer.status, answer.json().get("Code", "OK"), time.monotonic() - started)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return _Told(0, type(error).__name__, time.monotonic() - started)


@cache
def _pair() -> Mapping[str, str]:
    source, target = ("base64://" + b64encode(photo(name)).decode() for name in ("person", "again"))
    return {
        "SourceImageType": "FacePic", "SourceImageValue": source,
        "TargetImageType": "FacePic", "TargetImageValue": target,
    }  # fmt: skip


def _green(action: str, body: Any) -> Callable[[Remote], Answered]:
    return lambda remote: remote.green(action, body)


_LIBRARY = (
    _green("GetPerson", {"personId": "ann"}),
    _green("GetGroups", {}),
    _green("SetPerson", {"personId": "ann", "note": "late"}),
    _green("GetPersons", {"groupId": "staff"}),
)
MIX: tuple[Callable[[Remote], Answered], ...] = (
    *_LIBRARY,
    *_LIBRARY[:3],
    lambda remote: remote.rpc("CompareFaces", _pair(), Format="JSON"),
)
"""The calls, in turn: a comparison of two photos is every eighth."""


def each(remote: Remote, until: float, most: int = 10**9) -> Counter[int]:
    """Four clients who wait for each answer, until then (time.monotonic); how many calls ended in each status."""
    numbers, done = count(), Counter[int]()

    def work() -> None:
        while time.monotonic() < until and (number := next(numbers)) < most:
            done[_called(remote, number).status] += 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done


def _capacity(remote: Remote, seconds: float) -> float:
    """Calls a second."""
    for number in range(len(MIX)):
        _called(remote, number)  # starts the functions
    return max(each(remote, time.monotonic() + seconds)[200] / seconds, 1.0)


def _loaded(remote: Remote, times: int, capacity: float, seconds: float) -> Row:
    rate = times * capacity
    found: list[_Told] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        started, number = time.monotonic(), 0
        while (due := started + number / rate) < started + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            pool.submit(_called, remote, number).add_done_callback(lambda done: found.append(done.result()))
            number += 1
    row = Row(f"calls at {times} times the capacity ({rate:.0f} a second for {seconds:.0f} s)", len(found))
    good = sorted(told.seconds for told in found if told.status == 200)
    shed = sorted(told.seconds for told in found if told.status in (429, 503))
    for told in found:
        if told.status not in (200, 429, 503):
            row.blame(f"answered {told.status} {told.code} after {told.seconds:.1f} s")
    if shed and shed[int(0.95 * len(shed))] > SHED and times > 1:
        row.blame(f"the 95th percentile of those sent away knew it after {shed[int(0.95 * len(shed))]:.1f} s")
    row.figure = f"{len(good):,} answered, {_spread(good)}; {len(shed):,} sent away by 429 or 503, {_spread(shed)}"
    return row


def _spread(times: list[float]) -> str:
    if not times:
        return "–"
    at = [times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95, 0.99)]
    return "after " + " / ".join(f"{each:.2f}" for each in at) + " s (50, 95, 99 %)"
