"""Faults of AWS: at each call of AWS that each operation makes, in turn, AWS refuses, is lost, or is late.

The answer is the right one or a documented 5xx, the client's retry ends well, and then everything is as it is when
nothing fails: nothing is half done, and nothing is done twice. What runs in the background is started again by AWS
instead, and ends as well.
"""

import json
import os
import random
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

from botocore.retries.quota import RetryQuota

from torture.attacks.line import KINDS, Line
from torture.rows import Row
from torture.targets.background import BACKGROUND, Work
from torture.targets.caller import Answered
from torture.targets.conformance import fault as declared_fault
from torture.targets.deployment import deployed
from torture.targets.scenarios import ONCE, SCENARIOS, Stage, operation

_DELIVERIES = 5
"""How often AWS starts again what failed in the background, at most."""
_PAUSE = 120.0
"""Seconds between two such starts: queues wait longer than the function may run."""
_EXAMPLES = 10
SERVICES = {
    "dynamodb": "DynamoDB", "s3": "S3", "sqs": "SQS", "ssm": "SSM", "sts": "STS", "s3vectors": "S3 Vectors",
    "": "nothing, since that time there were fewer requests",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """One call of AWS, one fault."""

    name: str
    number: int
    kind: str
    right: Any


def run(seed: int, seconds: float) -> list[Row]:
    """In two processes. Cases come in an order drawn at random, so that those for which there is time are an even
    sample of all."""
    ends = time.monotonic() + seconds
    workers = min(2, os.cpu_count() or 1)
    with ProcessPoolExecutor(workers) as pool:
        found = list(pool.map(_some, range(workers), [workers] * workers, [seed] * workers, [ends] * workers))
    together = [_together(rows) for rows in zip(*found, strict=True)]
    return [row for row in together if row.tried or row.figure]


def _some(worker: int, workers: int, seed: int, ends: float) -> list[Row]:
    with deployed() as deployment, _without_waiting():
        stage = Stage(deployment)
        cases = [*_cases(stage), *_background_cases(stage)]
        kinds = {
            kind: Row(what, 0, figure=f"of {sum(each.kind == kind for each in cases):,} times")
            for kind, what in KINDS.items()
        }
        services = {service: Row(f"all of these, to {name}", 0) for service, name in SERVICES.items()}
        for case in random.Random(seed).sample(cases, len(cases))[worker::workers]:
            if time.monotonic() > ends:
                break
            wrong, service = (_background if case.name in BACKGROUND else _try)(stage, case)
            for row in (kinds[case.kind], services[service]):
                row.tried += 1
                row.bad += bool(wrong)
            if wrong:
                kinds[case.kind].examples.append(f"{case.name}, call {case.number}: {wrong}"[:600])
    return [*kinds.values(), *services.values()]


def _together(rows: Sequence[Row]) -> Row:
    examples = [example for row in rows for example in row.examples][:_EXAMPLES]
    tried, bad = sum(row.tried for row in rows), sum(row.bad for row in rows)
    return Row(rows[0].what, tried, bad, rows[0].figure, examples)


# --- operations -------------------------------------------------------------------------------------------------------


def _cases(stage: Stage) -> Iterator[Case]:
    for name, scenario in SCENARIOS.items():
        stage.begin(name)
        with Line().between() as plain:
            answer = scenario(stage.deployment)
        assert answer.status == 200, (name, answer)
        right = (_plain(answer), stage.left())
        yield from (Case(name, number, kind, right) for number in range(plain.made) for kind in KINDS)


def _try(stage: Stage, case: Case) -> tuple[str, str]:
    """What went wrong, and the service that was hit."""
    line = Line(case.number, case.kind)
    wrong = _tried(stage, case, line)
    return wrong and f"{line.operation}: {wrong}", line.service


def _tried(stage: Stage, case: Case, line: Line) -> str:
    from visage.gallery.upkeep.pack import pack

    name = case.name
    stage.begin(name)
    try:
        with line.between():
            answer = SCENARIOS[name](stage.deployment)
    except Exception as error:
        return f"raised {type(error).__name__}: {error}"
    wrong = declared_fault(operation(name), answer.status, answer.body)
    if wrong or (answer.status < 500 and answer.status != 200):
        return f"{wrong or 'refused'}: {answer.body[:200]}"
    told = _told(answer)
    if answer.status == 200 and not told and _plain(answer) != case.right[0]:
        return f"another answer: {answer.body[:300]}"
    if answer.status != 200 or told:
        again = SCENARIOS[name](stage.deployment)
        if not (again.status == 200 or (name in ONCE and again.json()["Code"] == ONCE[name])):
            return f"the retry was answered {again.body[:200]}"
    if stage.left() != case.right[1]:
        pack("torture")  # what is not erased at once is the packer's to erase, which every change wakes
    left = stage.left()
    return "" if left == case.right[1] else f"left {left} instead of {case.right[1]}"


def _told(answer: Answered) -> bool:
    """Whether a single image or task failed for a reason that passes."""
    data = json.loads(answer.body).get("data", {})
    items = data if isinstance(data, list) else data.get("faceImageItems", []) if isinstance(data, dict) else []
    return any(item.get("code") in (480, 500, 581, 592, 580, 587) for item in items)


_RANDOM = {"requestId", "RequestId", "taskId", "sessionId", "actions", "expiresAt", "url", "form", "Form"}
_RANDOM |= {"accessKeyId", "accessKeySecret", "securityToken", "expiredTime", "uploadFolder"}
_RANDOM |= {"OssUploadToken", "StsToken", "S3", "s3", "Accessid", "Policy", "Signature", "Folder", "Expire"}


def _plain(answer: Answered) -> Any:
    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: ... if name in _RANDOM else without(each) for name, each in value.items()}
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


def _background(stage: Stage, case: Case) -> tuple[str, str]:
    line = Line(case.number, case.kind)
    wrong = _ended(stage, case, line)
    return wrong and f"{line.operation}: {wrong}", line.service


def _ended(stage: Stage, case: Case, line: Line) -> str:
    stage.begin()
    work = BACKGROUND[case.name](stage)
    with line.between():
        done = _started(work)
    for _ in range(_DELIVERIES):
        if done:
            break
        work.clock += _PAUSE
        done = _started(work)
    if not done:
        return "did not end"
    if work.settle is not None:
        work.clock += _PAUSE
        work.settle()
    left = work.left()
    return "" if left == case.right else f"left {left} instead of {case.right}"


def _started(work: Work) -> bool:
    try:
        return work.start()
    except Exception:  # Lambda starts it again
        return False


@contextmanager
def _without_waiting() -> Iterator[None]:
    """Pauses before retries take no time, and each case is the first of its process: what botocore lets one process
    repeat is not used up by the cases before."""
    with (
        mock.patch.object(time, "sleep", lambda _seconds: None),
        mock.patch.object(RetryQuota, "acquire", lambda _self, _amount: True),
    ):
        yield
