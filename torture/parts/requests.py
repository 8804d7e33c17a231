"""Requests that nobody meant: hundreds for each operation, and each answer held against the document."""

import json
import os
import random
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Any

from torture.attacks.drawing import as_body, as_form, bent, drawn
from torture.rows import Row
from torture.targets.caller import Answered, Caller
from torture.targets.conformance import fault, operations
from torture.targets.deployment import deployed
from torture.targets.remote import stacked

WANTED = 20_000
"""Requests of one run, if time allows."""
OVER_HTTP = 3_000
"""Further ones, that pass the local stack's gateway."""
_BENT = 5
"""Requests made of one that was drawn: itself, and itself bent."""
_DECLARED_FAILURES = {"InvalidParam.PersonNotExists"}
"""Of DeleteFaces: the contract answers 500 where the person is not there."""


def run(seed: int, seconds: float) -> list[Row]:
    """In process, half of the operations in each of two processes; then over HTTP, in what is left of the time."""
    ends = time.monotonic() + seconds
    return [_in_process(seed, seconds * 2 / 3), _over_http(seed, ends)]


def _in_process(seed: int, seconds: float) -> Row:
    names = sorted(operations())
    workers = min(2, os.cpu_count() or 1)
    each = WANTED // len(names) + 1
    with ProcessPoolExecutor(workers) as pool:
        found = pool.map(_some, (names[part::workers] for part in range(workers)), *(
            [value] * workers for value in (seed, seconds, each)
        ))  # fmt: skip
        return _together("in process", [row for rows in found for row in rows])


def _together(how: str, rows: Sequence[Row]) -> Row:
    examples = [example for row in rows for example in row.examples][:10]
    return Row(
        f"requests drawn from the document, to {len(rows)} operations, {how}",
        sum(row.tried for row in rows),
        sum(row.bad for row in rows),
        "undeclared status, answer outside its schema, or 5xx for bad input",
        examples,
    )


def _some(names: Sequence[str], seed: int, seconds: float, each: int) -> list[Row]:
    with deployed() as deployment:
        return _attacked(deployment, names, seed, time.monotonic() + seconds, each)


def _over_http(seed: int, ends: float) -> Row:
    names = sorted(operations())
    with stacked() as remote:
        return _together("over HTTP", _attacked(remote, names, seed + 1, ends, OVER_HTTP // len(names) + 1))


def _attacked(caller: Caller, names: Sequence[str], seed: int, ends: float, each: int) -> list[Row]:
    caller.green("AddPerson", {"personId": "ann", "groupIds": ["staff", "guests"]})
    rows = []
    for place, name in enumerate(names):
        share = (ends - time.monotonic()) / (len(names) - place)
        rows.append(_operation(caller, name, seed, time.monotonic() + share, each))
    return rows


def _operation(caller: Caller, name: str, seed: int, ends: float, each: int) -> Row:
    chance, row = random.Random(f"{seed} {name}"), Row(name, 0)
    for _allowed, content in drawn(name, seed, each // (2 * _BENT) + 1):
        for number in range(_BENT):
            if time.monotonic() > ends:
                return row
            sent = content if number == 0 else bent(content, chance)
            try:
                answer = _send(caller, name, sent, chance)
            except Exception as error:  # nothing may leave a handler
                row.tried += 1
                row.blame(f"{name}: raised {type(error).__name__}: {error} {_shown(sent)}")
                continue
            row.tried += 1
            wrong = fault(name, answer.status, answer.body) or _failure(answer)
            if wrong:
                row.blame(f"{name}: {wrong}: {_shown(sent)} -> {answer.body[:200]}")
    return row


def _send(caller: Caller, name: str, content: Any, chance: random.Random) -> Answered:
    path, method, _operation = operations()[name]
    if "#" not in path:
        headers = {"content_type": chance.choice(["application/json", "application/octet-stream", "text/plain", None])}
        return caller.green(name, as_body(content), **headers)
    action = path.partition("#Action=")[2]
    form = as_form(content)
    form.pop("Version", None)
    wanted = form.pop("Format", chance.choice(["JSON", "XML"]))
    return caller.rpc(action, form, method=method.upper(), Format=wanted)


def _failure(answer: Answered) -> str:
    if answer.status < 500:
        return ""
    code = json.loads(answer.body)["Code"] if answer.body.startswith("{") else ""
    return "" if code in _DECLARED_FAILURES else f"bad input was answered {answer.status}"


def _shown(content: Any) -> str:
    return repr(content)[:250]
