"""Requests that nobody meant: thousands for each operation, in process, and each answer held against the document."""

import json
import os
import random
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from torture.conformance import fault, operations
from torture.deployment import Answered, deployed
from torture.drawing import as_body, as_form, bent, drawn
from torture.rows import Row

WANTED = 20_000
"""Requests of one run, if time allows."""
_BENT = 5
"""Requests made of one that was drawn: itself, and itself bent."""
_DECLARED_FAILURES = {"InvalidParam.PersonNotExists"}
"""Of DeleteFaces: the contract answers 500 where the person is not there."""


def run(seed: int, seconds: float) -> list[Row]:
    """Half of the operations in each of two processes."""
    names = sorted(operations())
    workers = min(2, os.cpu_count() or 1)
    each = WANTED // len(names) + 1
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(_some, (names[part::workers] for part in range(workers)), *(
            [value] * workers for value in (seed, seconds, each)
        ))  # fmt: skip
        rows = [row for rows, _statuses in found for row in rows]
    asked, bad = sum(row.tried for row in rows), sum(row.bad for row in rows)
    examples = [example for row in rows for example in row.examples][:10]
    return [
        Row(
            f"requests drawn from the document, to {len(names)} operations, in process",
            asked, bad, "undeclared status, answer outside its schema, or 5xx for bad input", examples,
        )
    ]  # fmt: skip


def _some(names: list[str], seed: int, seconds: float, each: int) -> tuple[list[Row], Counter[int]]:
    ends, statuses = time.monotonic() + seconds, Counter[int]()
    rows = []
    with deployed() as deployment:
        deployment.green("AddPerson", {"personId": "ann", "groupIds": ["staff", "guests"]})
        for place, name in enumerate(names):
            share = (ends - time.monotonic()) / (len(names) - place)
            rows.append(_operation(deployment, name, seed, time.monotonic() + share, each, statuses))
    return rows, statuses


def _operation(deployment: Any, name: str, seed: int, ends: float, each: int, statuses: Counter[int]) -> Row:
    chance, row = random.Random(f"{seed} {name}"), Row(name, 0)
    for _allowed, content in drawn(name, seed, each // (2 * _BENT) + 1):
        for number in range(_BENT):
            if time.monotonic() > ends:
                return row
            sent = content if number == 0 else bent(content, chance)
            try:
                answer = _send(deployment, name, sent, chance)
            except Exception as error:  # nothing may leave a handler
                row.tried += 1
                row.blame(f"{name}: raised {type(error).__name__}: {error} {_shown(sent)}")
                continue
            row.tried += 1
            statuses[answer.status] += 1
            wrong = fault(name, answer.status, answer.body) or _failure(answer)
            if wrong:
                row.blame(f"{name}: {wrong}: {_shown(sent)} -> {answer.body[:200]}")
    return row


def _send(deployment: Any, name: str, content: Any, chance: random.Random) -> Answered:
    path, method, _operation = operations()[name]
    if "#" not in path:
        headers = {"content_type": chance.choice(["application/json", "application/octet-stream", "text/plain", None])}
        return deployment.green(name, as_body(content), **headers)
    action = path.partition("#Action=")[2]
    form = as_form(content)
    form.pop("Version", None)
    wanted = form.pop("Format", chance.choice(["JSON", "XML"]))
    return deployment.rpc(action, form, method=method.upper(), Format=wanted)


def _failure(answer: Answered) -> str:
    if answer.status < 500:
        return ""
    code = json.loads(answer.body)["Code"] if answer.body.startswith("{") else ""
    return "" if code in _DECLARED_FAILURES else f"bad input was answered {answer.status}"


def _shown(content: Any) -> str:
    return repr(content)[:250]
