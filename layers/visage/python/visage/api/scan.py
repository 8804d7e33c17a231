"""Scans of images on the wire: tasks and scenes in, an entry for each task out."""

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from visage.api import fields
from visage.api.errors import green_error
from visage.api.green import OK, echo, task_id
from visage.errors import VisageError

TASKS = 100
"""Tasks of one call."""
TASK_BYTES = 32_768
"""Of a task's extras, which its entry repeats."""
URL_BYTES = 8 * 1024
"""Of a task's `url` likewise: 2048 characters of any kind, as JSON."""
SECONDS = 5.0
"""A synchronous call is answered within 6 s; an image that is begun then is still finished."""


@dataclass(frozen=True, slots=True)
class Task:
    """One image to scan."""

    data_id: str | None
    url: str
    extras: Mapping[str, Any]
    options: Mapping[str, Any]
    """What the call, the task and its extras say together, the task more than the call, the extras more than both."""


Body = Mapping[str, Any]
Result = Mapping[str, Any]
Scene = Callable[[str, Sequence[Task], float], list[Result | VisageError]]
"""What is looked for in images: library, tasks and the time (time.monotonic) by which they must have begun, to a result
for each task, or what is wrong with it."""


def scan(library: str, body: Body, scenes: Mapping[str, Scene], until: float | None = None) -> list[dict[str, Any]]:
    """The answer's data to a scan's body: a failure of one task is that task's entry.

    Tasks that have not begun by `until` (time.monotonic; `SECONDS` from now unless given) fail with OUT_OF_TIME.
    Raises VisageError(FIELD_INVALID) for scenes that are unknown or tasks that cannot be told apart.
    """
    until = time.monotonic() + SECONDS if until is None else until
    wanted, sent = _scenes(body, scenes), _tasks(body)
    tasks = [_attempt_task(task, body) for task in sent]
    readable = [index for index, task in enumerate(tasks) if isinstance(task, Task)]
    found: dict[int, list[Result | VisageError]] = {
        index: [task] if isinstance(task, VisageError) else [] for index, task in enumerate(tasks)
    }
    for name in wanted:
        for index, result in zip(readable, scenes[name](library, [tasks[i] for i in readable], until), strict=True):
            found[index].append(result if isinstance(result, VisageError) else {"scene": name, **result})
    return [_entry(task, found[index]) for index, task in enumerate(sent)]


def split(body: Body, scenes: Collection[str]) -> list[tuple[dict[str, Any], Body | VisageError]]:
    """Each task of a scan's body: how its entry repeats it, and a scan of its own, or what is wrong with it.

    Raises as `scan` does.
    """
    _scenes(body, scenes)
    read = ((task, _attempt_task(task, body)) for task in _tasks(body))
    return [
        (repeated(task), known if isinstance(known, VisageError) else {**body, "tasks": [task]}) for task, known in read
    ]


def repeated(task: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of its task as it was sent."""
    sent = {name: echo(task[name]) for name in ("url", "extras") if name in task}
    room = {"url": URL_BYTES, "extras": TASK_BYTES}
    return fields.sent_data_id(task) | {name: value for name, value in sent.items() if size_of(value) <= room[name]}


def size_of(value: Any) -> int:
    """Bytes of a value as JSON."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def _scenes(body: Body, known: Collection[str]) -> list[str]:
    given = body.get("scenes")
    if not isinstance(given, list) or not given or not all(isinstance(name, str) and name in known for name in given):
        raise fields.invalid(f"scenes must be a list of these: {', '.join(known)}.")
    return list(dict.fromkeys(given))


def _tasks(body: Body) -> list[Mapping[str, Any]]:
    """The tasks as sent; PHP's clients send an object, of their list or of the only task itself."""
    given = body.get("tasks")
    tasks = given
    if isinstance(given, dict):
        tasks = [given] if "url" in given else list(given.values())
    if not isinstance(tasks, list) or not 1 <= len(tasks) <= TASKS or not all(isinstance(task, dict) for task in tasks):
        raise fields.invalid(f"tasks must be a list of 1 to {TASKS} objects.")
    return tasks


def _attempt_task(task: Mapping[str, Any], body: Body) -> Task | VisageError:
    extras = task.get("extras") or {}
    try:
        if not isinstance(extras, dict):
            raise fields.invalid("extras must be an object.")
        if extras and "extras" not in repeated(task):
            raise fields.invalid(f"extras must have at most {TASK_BYTES} bytes besides images in them.")
        return Task(fields.data_id(task), fields.url(task), extras, {**body, **task, **extras})
    except VisageError as error:
        return error


def _entry(task: Mapping[str, Any], results: list[Result | VisageError]) -> dict[str, Any]:
    """A task's entry: what it was, and its results, or the first thing that is wrong with it."""
    failure = next((result for result in results if isinstance(result, VisageError)), None)
    code, message = (OK, "OK") if failure is None else green_error(failure)
    entry = {"code": code, "msg": message, "taskId": task_id(), **repeated(task)}
    return entry if failure else {**entry, "results": results}

