"""Scans that take their time: what becomes of a task, from its submission until its result is forgotten.

A task is a row, and a message that names it. The row alone says what becomes of the task: it is queued until one
conditional write makes it done, so however often its message comes, its client sees one result and is told of it once.
docs/scans.md has the whole picture.
"""

import json
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from visage import table
from visage.errors import Reason, VisageError
from visage.jobs import queues, rows, stowage
from visage.jobs.rows import text
from visage.jobs.types import (
    KEPT,
    WAITS,
    Callback,
    Job,
    Outcome,
    Stage,
    State,
    Task,
    has_expired,
    is_task_id,
    new_task_id,
)
from visage.media import drops
from visage.media.drops import Drop
from visage.settings import settings
from visage.table import Row, number

_ROW = 16_384
"""Characters: a longer body is stowed away in the upload bucket, as one with images in it is."""
_WRITTEN = 4 * 86_400
"""Seconds for which a result may lie in the upload bucket, and its row must know whom it names: S3 lets a day end at
the next midnight, and takes its time to remove what has ended."""


def submit(
    library: str, jobs: Sequence[Job], *, callback: Callback | None = None, result_key: str = ""
) -> list[str | VisageError]:
    """Queues jobs, and returns the names of the tasks that they become.

    With `result_key`, a key below `<library>/results/`, the result is also written there in the upload bucket.
    A job that could not be queued is VisageError(BUSY): nothing comes of it.
    """
    now, taken = time.time(), {new_task_id(): job for job in jobs}
    bodies = {task_id: _json(job.body) for task_id, job in taken.items()}
    large = {task_id for task_id, text in bodies.items() if len(text) > _ROW or "base64://" in text.lower()}
    stowage.put_all({stowage.body_key(library, task_id): bodies[task_id] for task_id in large})
    followed = _followed(callback, result_key)
    table.put_all([
        _queued(library, task_id, job.known, "" if task_id in large else bodies[task_id], now) | followed
        for task_id, job in taken.items()
    ])  # fmt: skip
    # Who dies here leaves rows without messages. Nobody was told their names; they are late, and expire.
    refused = queues.send(settings().scan_queue, library, list(taken))
    return [VisageError(Reason.BUSY) if task_id in refused else task_id for task_id in taken]


def _queued(library: str, task_id: str, known: Mapping[str, Any], body: str, now: float) -> Row:
    return {
        **rows.key(library, task_id),
        "stage": {"S": Stage.QUEUED.value},
        "entry": {"S": _json(known)},
        "runs": number(0),
        "ends": number(now + WAITS),
        "expires": number(int(now + WAITS + KEPT)),
        **({"body": {"S": body}} if body else {"stowed": {"BOOL": True}}),
    }


def _followed(callback: Callback | None, result_key: str) -> Row:
    """What a row says of those who wait for the result."""
    told = {"callback": callback.url, "seed": callback.seed, "uid": callback.uid} if callback else {}
    return {name: {"S": value} for name, value in {**told, "result_key": result_key}.items() if value}


def results(library: str, task_ids: Sequence[str]) -> list[Outcome]:
    """What has come of these tasks, in this order. A task of another library is unknown."""
    asked = dict.fromkeys(task_id for task_id in task_ids if is_task_id(task_id))
    found = {row["sk"]["S"]: row for row in table.get_all([rows.key(library, task_id) for task_id in asked])}
    now = time.time()
    return [_outcome(task_id, found.get(task_id), now) for task_id in task_ids]


def _outcome(task_id: str, row: Row | None, now: float) -> Outcome:
    if row is None:
        gone = is_task_id(task_id) and has_expired(task_id)
        return Outcome(task_id, State.EXPIRED if gone else State.UNKNOWN, {})
    left = float(row["ends"]["N"]) - now
    match Stage(row["stage"]["S"]):
        case Stage.QUEUED if left > -KEPT:
            state = State.WAITING if left > 0 else State.LATE
        case Stage.DONE if left > 0:
            state = State.DONE
        case _:
            return Outcome(task_id, State.EXPIRED, {})
    return Outcome(task_id, state, json.loads(row["entry"]["S"]))


def begin(library: str, task_id: str) -> Task | None:
    """The task, to be run or, where somebody has run it and died then, to be followed up; None: nothing is to do.

    One that is late is to be `miss`ed.
    """
    run = {"S": secrets.token_hex(8)}
    begun, row = table.update(
        rows.key(library, task_id),
        "SET runs = runs + :one, run = :run",
        # A beginning whose answer was lost, and that boto3 sends again, is one all the same.
        "stage = :queued AND ends > :gone AND (attribute_not_exists(run) OR run <> :run)",
        {":one": number(1), ":run": run, ":queued": {"S": Stage.QUEUED.value}, ":gone": number(time.time() - KEPT)},
    )
    if row is None:
        return None
    queued = row["stage"]["S"] == Stage.QUEUED.value
    return _task(library, row) if begun or (queued and row.get("run") == run) or "pending" in row else None


def body(task: Task) -> Mapping[str, Any]:
    """What to scan."""
    return json.loads(stowage.read(stowage.body_key(task.library, task.id)) if task.stowed else task.body)


def finish(task: Task, entry: Mapping[str, Any], persons: Collection[str]) -> Task | None:
    """Makes the task done; `persons` are those whom the result names. It stays as it is if it is done, or too late.

    Returns it, as it is then, where something is still to follow from that.
    """
    now = time.time()
    return _make_done(task, entry, persons, now + KEPT, in_time=(now, task.ends))


def miss(task: Task, entry: Mapping[str, Any]) -> Task | None:
    """Makes a late task done, with the entry that says so: who waits for it is told. Returns it as `finish` does."""
    now = time.time()
    # It can be asked for as long as if nobody had come for it.
    return _make_done(task, entry, (), task.ends + KEPT, in_time=(now - KEPT, now))


def _make_done(
    task: Task, entry: Mapping[str, Any], persons: Collection[str], ends: float, in_time: tuple[float, float]
) -> Task | None:
    """`in_time`: the first and the last moment at which the task may have ended waiting, so that this is true of it."""
    follows = bool(task.result_key or task.called_back or task.stowed or persons)
    values = {
        "stage": {"S": Stage.DONE.value},
        "entry": {"S": _json(entry)},
        "ends": number(ends),
        "expires": number(int(time.time() + (_WRITTEN if task.result_key else KEPT))),
        **({"pending": {"BOOL": True}} if follows else {}),
        **({"persons": {"SS": sorted(persons)}} if persons else {}),
    }
    first, last = map(number, in_time)
    queued = {":queued": {"S": Stage.QUEUED.value}, ":first": first, ":last": last}
    _done, row = table.update(
        rows.key(task.library, task.id),
        f"SET {', '.join(f'{name} = :{name}' for name in values)} REMOVE body",
        "stage = :queued AND ends BETWEEN :first AND :last",
        {f":{name}": value for name, value in values.items()} | queued,
    )
    # Also where it was done before: that may have been this very write, when its answer was lost and boto3 asks again.
    return _task(task.library, row) if row and "pending" in row else None


def follow_up(task: Task) -> None:
    """What follows from a result, or from its erasure: it may be repeated, and changes nothing then.

    Raises VisageError: BUSY, or CONTENDED over the place of the result.
    """
    done = task.stage is Stage.DONE
    if done and task.result_key:
        drops.write(task.result_key, task.known)
    if done and task.called_back and queues.send(settings().callback_queue, task.library, [task.id]):
        raise VisageError(Reason.BUSY)
    if task.stowed:
        stowage.erase(stowage.body_key(task.library, task.id))
    settled, _row = table.update(
        rows.key(task.library, task.id), "REMOVE pending", "stage = :done", {":done": {"S": Stage.DONE.value}}
    )
    if task.result_key and not settled:  # forgotten, perhaps while it was being written
        drops.erase(task.result_key, task.id)


def note(drop: Drop, persons: Collection[str]) -> None:
    """Lets `forget` know whom the result of a drop names that is no task's."""
    now = time.time()
    row = {
        **rows.key(drop.library, new_task_id()),
        "stage": {"S": Stage.DONE.value},
        "runs": number(0),
        "ends": number(now),
        "expires": number(int(now + _WRITTEN)),
        "persons": {"SS": sorted(persons)},
        "result_key": {"S": drop.result_key},
        "sequencer": {"S": drop.sequencer},
    }
    table.put_all([row])


def forget(library: str, person_id: str) -> int:
    """Erases results that name the person, also where they were written in the upload bucket; how many these were.

    Their client is told that they have expired, and is told nothing by a callback.
    """
    found = list(rows.naming(library, person_id))
    forgotten = {":forgotten": {"S": Stage.FORGOTTEN.value}}
    for row in found:
        place, written = rows.place(row), "result_key" in row
        # What was written is erased after the row says so: whoever is writing it then finds that, and erases it too.
        # Until that is done the row knows the person, so that who dies here can begin again.
        gone = "entry, body, callback, seed, uid" + ("" if written else ", persons")
        table.update(place, f"SET stage = :forgotten REMOVE {gone}", "attribute_exists(pk)", forgotten)
        if written:
            # Another drop of the same key may have a result there by now, which names others.
            drops.erase(row["result_key"]["S"], row.get("sequencer", row["sk"])["S"])
            table.update(place, "REMOVE persons", "attribute_exists(pk)")
    return len(found)


def _task(library: str, row: Row) -> Task:
    return Task(
        library=library,
        id=row["sk"]["S"],
        known=json.loads(text(row, "entry") or "{}"),
        stage=Stage(row["stage"]["S"]),
        runs=int(row["runs"]["N"]),
        ends=float(row["ends"]["N"]),
        body=text(row, "body"),
        stowed="stowed" in row,
        result_key=text(row, "result_key"),
        called_back="callback" in row,
    )


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
