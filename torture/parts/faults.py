"""Faults of AWS: at each call of AWS that each operation makes, in turn, AWS refuses, is lost, or is late.

The answer is the right one or a documented 5xx, the client's retry ends well, and then everything is as it is when
nothing fails: nothing is half done, and nothing is done twice. What runs in the background is started again by AWS
instead, and ends as well.
"""

import json
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from torture.attacks.line import KINDS, Line
from torture.rows import Row
from torture.targets.background import BACKGROUND, Work
from torture.targets.caller import Answered
from torture.targets.conformance import fault as declared_fault
from torture.targets.deployment import deployed
from torture.targets.scenarios import ONCE, SCENARIOS, SLOW, Stage

_DELIVERIES = 5
"""How often AWS starts again what failed in the background, at most."""
_PAUSE = 120.0
"""Seconds between two such starts: queues wait longer than the function may run."""


@dataclass(frozen=True, slots=True)
class Case:
    """One call of AWS, one fault."""

    name: str
    number: int
    kind: str
    right: Any


def run(seed: int, seconds: float) -> list[Row]:
    ends = time.monotonic() + seconds
    with deployed() as deployment, _without_waiting():
        stage = Stage(deployment)
        cases = [*_cases(stage), *_background_cases(stage)]
        rows = {kind: Row(f"{what}, of {sum(each.kind == kind for each in cases)} times", 0)
                for kind, what in KINDS.items()}  # fmt: skip
        for case in _order(cases, seed):
            if time.monotonic() > ends:
                break
            row = rows[case.kind]
            row.tried += 1
            wrong = (_background if case.name in BACKGROUND else _try)(stage, case)
            if wrong:
                row.blame(f"{case.name}, call {case.number}: {wrong}")
    for row in rows.values():
        row.figure = "wrong answer, half done, done twice, or no retry that ends well"
    return list(rows.values())


def _order(cases: Sequence[Case], seed: int) -> list[Case]:
    """At random; what takes networks last, as far as there is time."""
    shuffled = random.Random(seed).sample(cases, len(cases))
    return sorted(shuffled, key=lambda case: case.name in SLOW)


# --- operations -------------------------------------------------------------------------------------------------------


def _cases(stage: Stage) -> Iterator[Case]:
    for name, scenario in SCENARIOS.items():
        stage.begin()
        with Line().between() as plain:
            answer = scenario(stage.deployment)
        assert answer.status == 200, (name, answer)
        right = (_plain(answer), stage.left())
        yield from (Case(name, number, kind, right) for number in range(plain.made) for kind in KINDS)


def _try(stage: Stage, case: Case) -> str:
    """What went wrong."""
    from visage.gallery.upkeep.pack import pack

    stage.begin()
    line, name = Line(case.number, case.kind), case.name
    try:
        with line.between():
            answer = SCENARIOS[name](stage.deployment)
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    wrong = declared_fault(name, answer.status, answer.body)
    if wrong or (answer.status < 500 and answer.status != 200):
        return f"{line.operation}: {wrong or 'refused'}: {answer.body[:200]}"
    told = _told(answer)
    if answer.status == 200 and not told and _plain(answer) != case.right[0]:
        return f"{line.operation}: another answer: {answer.body[:300]}"
    if answer.status != 200 or told:
        again = SCENARIOS[name](stage.deployment)
        if not (again.status == 200 or (name in ONCE and again.json()["Code"] == ONCE[name])):
            return f"{line.operation}: the retry was answered {again.body[:200]}"
    if stage.left() != case.right[1]:
        pack("torture")  # what is not erased at once is the packer's to erase, which every change wakes
    left = stage.left()
    return "" if left == case.right[1] else f"{line.operation}: left {left} instead of {case.right[1]}"


def _told(answer: Answered) -> bool:
    """Whether a single image or task failed for a reason that passes."""
    data = json.loads(answer.body).get("data", {})
    items = data if isinstance(data, list) else data.get("faceImageItems", []) if isinstance(data, dict) else []
    return any(item.get("code") in (480, 500, 581, 592, 580, 587) for item in items)


_RANDOM = {"requestId", "RequestId", "taskId", "sessionId", "actions", "expiresAt", "url", "form", "Form"}
_RANDOM |= {"accessKeyId", "accessKeySecret", "securityToken", "expiredTime", "uploadFolder"}
_RANDOM |= {"OssUploadToken", "S3", "s3"}


def _plain(answer: Answered) -> Any:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: without(each) for name, each in value.items() if name not in _RANDOM}
        return [without(each) for each in value] if isinstance(value, list) else value

    return without(json.loads(answer.body))


# --- background -------------------------------------------------------------------------------------------------------


def _background_cases(stage: Stage) -> Iterator[Case]:
    for name, background in BACKGROUND.items():
        stage.begin()
        work = background(stage)
        with Line().between() as plain:
            assert work.start(), name
        right = work.left()
        yield from (Case(name, number, kind, right) for number in range(plain.made) for kind in KINDS)


def _background(stage: Stage, case: Case) -> str:
    stage.begin()
    work, line = BACKGROUND[case.name](stage), Line(case.number, case.kind)
    with line.between():
        done = _started(work)
    for _ in range(_DELIVERIES):
        if done:
            break
        work.clock += _PAUSE
        done = _started(work)
    if not done:
        return f"{line.operation}: did not end"
    if work.settle is not None:
        work.clock += _PAUSE
        work.settle()
    left = work.left()
    return "" if left == case.right else f"{line.operation}: left {left} instead of {case.right}"


def _started(work: Work) -> bool:
    try:
        return work.start()
    except Exception:  # Lambda starts it again
        return False


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Pauses before retries take no time."""
    with mock.patch.object(time, "sleep", lambda _seconds: None):
        yield
