"""Signatures: every bit of the captured requests of official clients flipped, and floods that nobody signed."""

import gc
import logging
import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from tests.support import captured, edge
from tests.support.captured import Captured
from torture.attacks.floods import BODIES, DIALECTS, HEADS
from torture.rows import Row
from visage.access.clients import Client, Secret
from visage.api.dialects.request import Request
from visage.api.dialects.rpc import RpcRequest
from visage.api.operation import logger
from visage.api.security import admission
from visage.errors import VisageError

LARGEST = "RPC, all in the form: base64"
"""The request that costs a busy client's server most: photos in the form itself, as much of them as a body may hold."""
READ, PROVED = 2.5, 1.15
"""What a flood costs at most before its signature is proved, in what the largest request of a client with the same key
costs: to be read, with a key that is not known; and beyond that with a known one. Either was 50 ms where it was set."""
KNOWN = Client("LTAItorture", "torture", (Secret("secret"), Secret("former", ends=2e9)))
_TRIES = 3

Cost = tuple[str, float, int]
"""Name of a flood, seconds of processor time (the least of some tries), and status."""


def run(seed: int, seconds: float) -> list[Row]:
    logger.setLevel(logging.CRITICAL)
    flipped = _flipped(seed, time.monotonic() + seconds * 2 / 3)
    return [flipped, *_floods()]


# --- bits -------------------------------------------------------------------------------------------------------------


def _flipped(seed: int, ends: float) -> Row:
    """As many flips as there is time for; all of them take about a minute of one core."""
    names = captured.names()
    flips = [(name, bit) for name in names for bit in range(8 * len(captured.content(name)))]
    random.Random(seed).shuffle(flips)
    meant = {name: meaning(captured.read(name)) for name in names}
    row = Row(f"bits of {len(names)} captured requests flipped, of {len(flips):,}", 0)
    harmless = 0
    for name, bit in flips:
        if time.monotonic() > ends:
            break
        row.tried += 1
        request = bytearray(captured.content(name))
        request[bit // 8] ^= 1 << bit % 8
        try:
            changed = captured.parsed(bytes(request))
            if not accepted(changed):
                continue
            harmless += 1
            if meaning(changed) != meant[name]:
                row.blame(f"{name}: bit {bit} was accepted with another meaning")
        except (ValueError, VisageError):
            continue  # no HTTP, or refused before its signature
    row.figure = f"accepted with another meaning; {harmless:,} accepted with the same: headers that decide nothing"
    return row


def accepted(request: Captured) -> bool:
    """Raises VisageError, as the edge would."""
    claim = captured.claim(request)
    secret = captured.SECRETS.get(claim.key_id)
    return secret is not None and claim.proved_by(secret)


def meaning(request: Captured) -> Any:
    """All of a request that an operation reads. An RPC parameter without a value is none."""
    read = Request.from_event(request.event())
    names = ("x-acs-action", "x-acs-version", "x-acs-security-token", "x-acs-signature-nonce")
    headers = tuple(read.headers.get(name) for name in names) if read.path != "/" or read.signed_by_acs3 else ()
    if read.path != "/":
        return read.method, read.path, sorted(read.query), headers, read.body
    parameters = RpcRequest.read(read).parameters
    given = sorted((name, value) for name, value in parameters if value and name != "Signature")
    return read.method, read.path, given, headers


# --- floods -----------------------------------------------------------------------------------------------------------


class _Keys:
    """Client keys in memory: one that is known."""

    def find(self, key_id: str, *, fresh: bool = False) -> Client | None:
        return KNOWN if key_id == KNOWN.id else None


def _floods() -> Iterator[Row]:
    unknown = list(costs("LTAInobody"))
    yield _judged("unsigned floods of an unknown key", unknown, READ, _honest(unknown))
    # Beyond what the same request costs there: reading it, mostly.
    read = {name: seconds for name, seconds, _status in unknown}
    known = list(costs(KNOWN.id))
    beyond = [(name, seconds - read[name], status) for name, seconds, status in known]
    what = "wrongly signed floods of a known key, beyond what they cost with an unknown one"
    yield _judged(what, beyond, PROVED, _honest(known))


def _honest(told: Sequence[Cost]) -> float:
    """Seconds of the largest request of a client: milliseconds are of a machine, the ratio to it is not."""
    return next(seconds for name, seconds, _status in told if name == LARGEST)


def _judged(what: str, told: Sequence[Cost], times: float, honest: float) -> Row:
    row = Row(what, len(told))
    for name, seconds, status in told:
        if seconds > times * honest or status >= 500:
            row.blame(f"{name}: {1000 * seconds:.0f} ms, {seconds / honest:.2f} times, status {status}")
    worst, most, _status = max(told, key=lambda each: each[1])
    row.figure = (
        f"above {times} times the {1000 * honest:.0f} ms of processor time of 5.9 MB of photos in a form;"
        f" the worst took {most / honest:.2f} times that ({worst})"
    )
    return row


def costs(key_id: str) -> Iterator[Cost]:
    found, admission.clients = admission.clients, _Keys
    try:
        for body_name, body in BODIES.items():
            content = body()
            for dialect, event in DIALECTS.items():
                yield f"{dialect}: {body_name}", *_cost(event(key_id, content))
        for name, event in HEADS.items():
            yield name, *_cost(event(key_id))
    finally:
        admission.clients = found


def _cost(event: dict[str, Any]) -> tuple[float, int]:
    handler = edge.handler if event["path"] == "/" else edge.green_read
    least, status = float("inf"), 0
    for _ in range(_TRIES):
        gc.collect()
        started = time.process_time()
        status = handler(event, None)["statusCode"]
        least = min(least, time.process_time() - started)
    return least, status
