"""More calls than the local stack can answer: what can be answered is, and the rest is sent away quickly.

An open loop: calls come at a rate of their own, whoever waits. moto answers one request at a time and is slower than
DynamoDB, so the capacity is this machine's and not AWS's.
"""

import http.client
import json
import os
import threading
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local.stack import Stack, serve
from tests.support.events import green_event
from torture.rows import Row
from visage.access.clients import Client, Secret

SHED = 2.0
"""Seconds within which a call that is sent away must know it, at the 95th percentile."""
_LONGEST = 15.0
_AT_ONCE = 256


def run(seed: int, seconds: float) -> list[Row]:
    with TemporaryDirectory() as folder, serve(port=0, state=Path(folder) / "state") as stack:
        caller = _Caller(stack)
        caller.call("/green/sface/person/add", {"personId": "ann", "groupIds": ["staff"]})
        capacity = _capacity(caller, seconds / 12)
        before = _measured(stack)
        rows = [_loaded(caller, times, capacity, seconds / 4) for times in (1, 2, 4)]
        time.sleep(2)
        after = _measured(stack)
        calls = sum(row.tried for row in rows)
        rows.append(_flat(before, after, calls))
        return rows


class _Caller:
    """Signs calls, and sends each by a connection of its own."""

    def __init__(self, stack: Stack) -> None:
        assert stack.client
        self.client = Client(stack.client.id, "load", (Secret(stack.client.secret),))
        self._place = stack.url.removeprefix("http://")

    def call(self, path: str, body: Any) -> tuple[int, str, float]:
        """Status, code, and how long it took; 0 where there was no answer."""
        event = green_event(self.client, path, body, x_acs_signature_nonce=uuid.uuid4().hex, Host=self._place)
        started = time.monotonic()
        connection = http.client.HTTPConnection(self._place, timeout=_LONGEST)
        try:
            connection.request("POST", path + "?RegionId=cn-shanghai", (event["body"] or "").encode(), event["headers"])
            answer = connection.getresponse()
            content = json.loads(answer.read())
            return answer.status, content.get("Code", "OK"), time.monotonic() - started
        except (OSError, ValueError, http.client.HTTPException) as error:
            return 0, type(error).__name__, time.monotonic() - started
        finally:
            connection.close()


_MIX = (
    ("/green/sface/person", {"personId": "ann"}),
    ("/green/sface/groups", {}),
    ("/green/sface/person/update", {"personId": "ann", "note": "late"}),
    ("/green/sface/group/persons", {"groupId": "staff"}),
)


def _capacity(caller: _Caller, seconds: float) -> float:
    """Calls a second that four clients get answered who wait for each answer."""
    for path, body in _MIX:
        caller.call(path, body)  # starts the functions
    ends, done = time.monotonic() + seconds, Counter[int]()

    def work(number: int) -> None:
        while time.monotonic() < ends:
            done[caller.call(*_MIX[number % len(_MIX)])[0]] += 1
            number += 1

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max(done[200] / seconds, 1.0)


def _loaded(caller: _Caller, times: int, capacity: float, seconds: float) -> Row:
    rate = times * capacity
    found: list[tuple[int, str, float]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        started, number = time.monotonic(), 0
        while (due := started + number / rate) < started + seconds:
            time.sleep(max(0.0, due - time.monotonic()))
            future = pool.submit(caller.call, *_MIX[number % len(_MIX)])
            future.add_done_callback(lambda done: found.append(done.result()))
            number += 1
    row = Row(f"calls at {times} times the capacity ({rate:.0f} a second for {seconds:.0f} s)", len(found))
    good = sorted(lasted for status, _code, lasted in found if status == 200)
    shed = sorted(lasted for status, _code, lasted in found if status in (429, 503))
    for status, code, lasted in found:
        if status not in (200, 429, 503):
            row.blame(f"answered {status} {code} after {lasted:.1f} s")
    if shed and shed[int(0.95 * len(shed))] > SHED and times > 1:
        row.blame(f"the 95th percentile of those sent away knew it after {shed[int(0.95 * len(shed))]:.1f} s")
    row.figure = f"{len(good):,} answered, {_spread(good)}; {len(shed):,} sent away by 429 or 503, {_spread(shed)}"
    return row


def _spread(times: list[float]) -> str:
    if not times:
        return "–"
    at = [times[min(len(times) - 1, int(share * len(times)))] for share in (0.5, 0.95, 0.99)]
    return "after " + " / ".join(f"{each:.2f}" for each in at) + " s (50, 95, 99 %)"


def _measured(stack: Stack) -> dict[str, tuple[int, int]]:
    """Memory (KiB) and descriptors of each process of the stack, by its id."""
    found = {}
    marker = str(stack.state).encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            block = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            if (marker in block or stack.endpoint.encode() in block) and int(entry.name) != os.getpid():
                status = (entry / "status").read_text()
                memory = int(status.partition("VmRSS:")[2].split()[0])
                found[entry.name] = memory, len(list((entry / "fd").iterdir()))
        except (OSError, IndexError, ValueError):
            continue
    return found


def _flat(before: dict[str, tuple[int, int]], after: dict[str, tuple[int, int]], calls: int) -> Row:
    """Growth of the functions that were there before and after. The local AWS keeps what it is given, and may grow."""
    both = before.keys() & after.keys()
    row = Row(f"processes after {calls:,} calls", len(both))
    growth = {name: after[name][0] / before[name][0] - 1 for name in both}
    for name in both:
        if after[name][1] > before[name][1] + 5:
            row.blame(f"process {name}: {before[name][1]} descriptors became {after[name][1]}")
    shown = sorted(growth.values())
    row.figure = f"memory grew by {100 * shown[len(shown) // 2]:.1f} % in the middle, {100 * shown[-1]:.1f} % at most"
    return row
