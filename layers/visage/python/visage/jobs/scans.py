"""Asynchronous scans: a task's life from its submission until its result is erased.

A task is a row and a message with its id. Only the row determines the task's state: a single conditional write makes a
queued task done. So however often its message arrives, the client sees one result and one callback. docs/scans.md has
the whole picture.
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
    DEADLINE_SECONDS,
    RETENTION_SECONDS,
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

_MAX_ROW_BODY = 16_384
"""Characters. A longer body is stored in the upload bucket, and so is one that contains images."""
_RESULT_SECONDS = 4 * 86_400
"""Seconds for which a result may stay in the upload bucket, and for which its row must keep the persons' ids. S3 ends a
day at the next midnight and deletes expired objects with a delay."""


def submit(
    library: str, jobs: Sequence[Job], *, callback: Callback | None = None, result_key: str = ""
) -> list[str | VisageError]:
    """Queue jobs; return the ids of their tasks, or VisageError(BUSY) for a job that could not be queued.

    With `result_key`, a key below `<library>/results/`, the result is also written there in the upload bucket. Nothing
    happens to a job that could not be queued.
    """
    now, tasks = time.time(), {new_task_id(): job for job in jobs}
    bodies = {task_id: _json(job.body) for task_id, job in tasks.items()}
    large = {task_id for task_id, text in bodies.items() if len(text) > _MAX_ROW_BODY or "base64://" in text.lower()}
    stowage.put_all({stowage.body_key(library, task_id): bodies[task_id] for task_id in large})
    receivers = _receivers(callback, result_key)
    table.put_all([
        _queued(library, task_id, job.known, "" if task_id in large else bodies[task_id], now) | receivers
        for task_id, job in tasks.items()
    ])  # fmt: skip
    # A crash here leaves rows without messages. No client knows their ids; they become late and expire.
    refused = queues.send(settings().scan_queue, library, list(tasks))
    return [VisageError(Reason.BUSY) if task_id in refused else task_id for task_id in tasks]


def _queued(library: str, task_id: str, known: Mapping[str, Any], body: str, now: float) -> Row:
    return {
        **rows.key(library, task_id),
        "stage": {"S": Stage.QUEUED.value},
        "entry": {"S": _json(known)},
        "runs": number(0),
        "ends": number(now + DEADLINE_SECONDS),
        "expires": number(int(now + DEADLINE_SECONDS + RETENTION_SECONDS)),
        **({"body": {"S": body}} if body else {"stowed": {"BOOL": True}}),
    }


def _receivers(callback: Callback | None, result_key: str) -> Row:
    """The attributes of a row that say who receives the result."""
    callback_fields = {"callback": callback.url, "seed": callback.seed, "uid": callback.uid} if callback else {}
    return {name: {"S": value} for name, value in {**callback_fields, "result_key": result_key}.items() if value}


def results(library: str, task_ids: Sequence[str]) -> list[Outcome]:
    """The state and results of these tasks, in this order. A task of another library is unknown."""
    valid = dict.fromkeys(task_id for task_id in task_ids if is_task_id(task_id))
    found = {row["sk"]["S"]: row for row in table.get_all([rows.key(library, task_id) for task_id in valid])}
    now = time.time()
    return [_outcome(task_id, found.get(task_id), now) for task_id in task_ids]


def _outcome(task_id: str, row: Row | None, now: float) -> Outcome:
    if row is None:
        gone = is_task_id(task_id) and has_expired(task_id)
        return Outcome(task_id, State.EXPIRED if gone else State.UNKNOWN, {})
    left = float(row["ends"]["N"]) - now
    match Stage(row["stage"]["S"]):
        case Stage.QUEUED if left > -RETENTION_SECONDS:
            state = State.WAITING if left > 0 else State.LATE
        case Stage.DONE if left > 0:
            state = State.DONE
        case _:
            return Outcome(task_id, State.EXPIRED, {})
    return Outcome(task_id, state, json.loads(row["entry"]["S"]))


def begin(library: str, task_id: str) -> Task | None:
    """Begin a task: return it to be run, or to be followed up if an earlier run died after the result; None: no work.

    The caller must `miss` a task that is late.
    """
    run = {"S": secrets.token_hex(8)}
    begun, row = table.update(
        rows.key(library, task_id),
        "SET runs = runs + :one, run = :run",
        # Also begun if the response was lost and botocore repeated the request.
        "stage = :queued AND ends > :gone AND (attribute_not_exists(run) OR run <> :run)",
        {
            ":one": number(1),
            ":run": run,
            ":queued": {"S": Stage.QUEUED.value},
            ":gone": number(time.time() - RETENTION_SECONDS),
        },
    )
    if row is None:
        return None
    queued = row["stage"]["S"] == Stage.QUEUED.value
    return _task(library, row) if begun or (queued and row.get("run") == run) or "pending" in row else None


def body(task: Task) -> Mapping[str, Any]:
    """The body to scan."""
    return json.loads(stowage.read(stowage.body_key(task.library, task.id)) if task.stowed else task.body)


def finish(task: Task, entry: Mapping[str, Any], persons: Collection[str]) -> Task | None:
    """Make the task done with this result, which names `persons`, unless it is done or late.

    Returns the task as it is then, if follow-up work is pending.
    """
    now = time.time()
    return _make_done(task, entry, persons, now + RETENTION_SECONDS, in_time=(now, task.ends))


def mark_late(task: Task, entry: Mapping[str, Any]) -> Task | None:
    """Make a late task done with an entry that says so, for the callback. Returns the same as `finish`."""
    now = time.time()
    # It can be read for as long as if no worker had handled it.
    return _make_done(task, entry, (), task.ends + RETENTION_SECONDS, in_time=(now - RETENTION_SECONDS, now))


def _make_done(
    task: Task, entry: Mapping[str, Any], persons: Collection[str], ends: float, in_time: tuple[float, float]
) -> Task | None:
    """Make a queued task done if its deadline lies within `in_time`, epoch seconds (first, last)."""
    has_follow_up = bool(task.result_key or task.called_back or task.stowed or persons)
    values = {
        "stage": {"S": Stage.DONE.value},
        "entry": {"S": _json(entry)},
        "ends": number(ends),
        "expires": number(int(time.time() + (_RESULT_SECONDS if task.result_key else RETENTION_SECONDS))),
        **({"pending": {"BOOL": True}} if has_follow_up else {}),
        **({"persons": {"SS": sorted(persons)}} if persons else {}),
    }
    first, last = map(number, in_time)
    queued = {":queued": {"S": Stage.QUEUED.value}, ":first": first, ":last": last}
    _done, row = table.update(
        rows.key(task.library, task.id),
        f"SET {', '.join(f'{name} = :{name}' for name in values)} REMOVE body",
        # Not BETWEEN: DynamoDB refuses bounds in the wrong order, which those of a task are that is late.
        "stage = :queued AND ends >= :first AND ends <= :last",
        {f":{name}": value for name, value in values.items()} | queued,
    )
    # Even if it was done before: perhaps by this very write, whose response was lost and which botocore repeated.
    return _task(task.library, row) if row and "pending" in row else None


def follow_up(task: Task) -> None:
    """Do the follow-up of a result or of its erasure; idempotent.

    Raises VisageError: BUSY, or CONTENDED over the result's object.
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
    if task.result_key and not settled:  # erased, perhaps while the result was being written
        drops.erase(task.result_key, task.id)


def record_drop(drop: Drop, persons: Collection[str]) -> None:
    """Record, for `forget`, which persons the result of a dropped object names if it belongs to no task."""
    now = time.time()
    row = {
        **rows.key(drop.library, new_task_id()),
        "stage": {"S": Stage.DONE.value},
        "runs": number(0),
        "ends": number(now),
        "expires": number(int(now + _RESULT_SECONDS)),
        "persons": {"SS": sorted(persons)},
        "result_key": {"S": drop.result_key},
        "sequencer": {"S": drop.sequencer},
    }
    table.put_all([row])


def forget(library: str, person_id: str) -> int:
    """Erase all results that name the person, including those in the upload bucket; return how many.

    Their clients see them as expired and receive no callback.
    """
    found = list(rows.tasks_naming(library, person_id))
    forgotten = {":forgotten": {"S": Stage.FORGOTTEN.value}}
    for row in found:
        key, written = rows.key_of(row), "result_key" in row
        # The object is erased after the row is marked: whoever is writing the object then sees the mark and erases it
        # too. Until then the row keeps the person's id, so that an interrupted call can be repeated.
        gone = "entry, body, callback, seed, uid" + ("" if written else ", persons")
        table.update(key, f"SET stage = :forgotten REMOVE {gone}", "attribute_exists(pk)", forgotten)
        if written:
            # A later object with the same key may have stored a result there, which names others.
            drops.erase(row["result_key"]["S"], row.get("sequencer", row["sk"])["S"])
            table.update(key, "REMOVE persons", "attribute_exists(pk)")
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
