"""The clock jumps between two calls of AWS: nobody is answered with a failure, and no signature is good twice."""

import random
import time
import uuid
from collections.abc import Callable
from typing import Any
from unittest import mock

from tests.support.events import green_event
from tests.support.interleaving import watched
from torture.rows import Row
from torture.targets.conformance import fault
from torture.targets.deployment import Deployment, deployed
from torture.targets.scenarios import SCENARIOS, SLOW, Stage, operation

JUMPS = (-86_400, -3600, -900, -60, 60, 900, 3600, 86_400)
"""Seconds."""


def run(seed: int, seconds: float) -> list[Row]:
    ends, chance = time.monotonic() + seconds, random.Random(seed)
    answered = Row("the clock jumps in the middle of an operation", 0, figure="undeclared answer, or a failure of ours")
    replayed = Row("a signed request repeated after the clock jumped", 0, figure="answered twice")
    now = time.time
    with deployed() as deployment:
        stage = Stage(deployment)
        names = [name for name in SCENARIOS if name not in SLOW]
        while time.monotonic() < ends:
            name, jump, number = chance.choice(names), chance.choice(JUMPS), chance.randrange(8)
            stage.begin(name)
            offset, made = [0.0], [0]

            def jumping(
                _operation: str,
                _parameters: Any,
                call: Callable[[], Any],
                jump: int = jump,
                number: int = number,
                offset: list[float] = offset,
                made: list[int] = made,
            ) -> Any:
                if made[0] == number:
                    offset[0] = jump
                made[0] += 1
                return call()

            with mock.patch.object(time, "time", lambda offset=offset: now() + offset[0]), watched(jumping):
                answer = SCENARIOS[name](deployment)
            answered.tried += 1
            wrong = fault(operation(name), answer.status, answer.body)
            if wrong or answer.status >= 500:
                answered.blame(f"{name}, {jump} s at call {number}: {wrong or answer.body[:200]}")
            _repeat(deployment, chance.choice(JUMPS), now, replayed)
    return [answered, replayed]


def _repeat(deployment: Deployment, jump: int, now: Callable[[], float], row: Row) -> None:
    signed = green_event(deployment.client, "/green/sface/groups", {}, x_acs_signature_nonce=uuid.uuid4().hex)

    def send() -> int:
        # API Gateway gives each request an id of its own, a repeated one too.
        event = {**signed, "requestContext": {**signed["requestContext"], "requestId": str(uuid.uuid4())}}
        return deployment.handle("GetGroups", event).status

    first = send()
    with mock.patch.object(time, "time", lambda: now() + jump):
        second = send()
    third = send()
    row.tried += 1
    if first != 200 or second < 400 or third < 400:
        row.blame(f"{jump} s: answered {first}, {second}, {third}")
