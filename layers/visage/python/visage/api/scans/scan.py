"""Scans of images on the wire: tasks and scenes in, an entry per task out."""

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, echo, task_id
from visage.api.errors import green_error
from visage.errors import VisageError

TASKS = 100
"""Maximum tasks per call."""
TASK_BYTES = 32_768
"""Maximum bytes of a task's extras, which its entry repeats."""
URL_BYTES = 8 * 1024
"""Maximum bytes of a task's `url`, likewise: 2048 characters of any kind, as JSON."""
SECONDS = 5.0
"""Seconds in which images may begin: a synchronous call is answered within 6 s, and one begun at the end is
finished."""


@dataclass(frozen=True, slots=True)
class Task:
    """One image to scan."""

    data_id: str | None
    url: str
    extras: Mapping[str, Any]
    options: Mapping[str, Any]
    """The options of call, task and extras together; the task overrides the call, and the extras override both."""


Body = Mapping[str, Any]
Result = Mapping[str, Any]
Scene = Callable[[str, Sequence[Task], float], list[Result | VisageError]]
"""Scans images: library, tasks and the time (time.monotonic) by which they must have begun → a result or error per
task."""


def scan(library: str, body: Body, scenes: Mapping[str, Scene], until: float | None = None) -> list[dict[str, Any]]:
    """Scan the tasks of a body; the response's data: an entry per task, which holds the task's error if it failed.

    Tasks that have not begun by `until` (time.monotonic; by default in `SECONDS`) fail with OUT_OF_TIME. Raises
    VisageError(FIELD_INVALID) for unknown scenes or a malformed list of tasks.
    """
    until = time.monotonic() + SECONDS if until is None else until
    names, sent = _scenes(body, scenes), _tasks(body)
    tasks = [_attempt_task(task, body) for task in sent]
    readable = [index for index, task in enumerate(tasks) if isinstance(task, Task)]
    found: dict[int, list[Result | VisageError]] = {
        index: [task] if isinstance(task, VisageError) else [] for index, task in enumerate(tasks)
    }
    for name in names:
        for index, result in zip(readable, scenes[name](library, [tasks[i] for i in readable], until), strict=True):
            found[index].append(result if isinstance(result, VisageError) else {"scene": name, **result})
    return [_entry(task, found[index]) for index, task in enumerate(sent)]


def split(body: Body, scenes: Collection[str]) -> list[tuple[dict[str, Any], Body | VisageError]]:
    """Split a scan's body: per task, the fields that its entry repeats, and a scan body of its own or its error.

    Raises as `scan` does.
    """
    _scenes(body, scenes)
    read = ((task, _attempt_task(task, body)) for task in _tasks(body))
    return [
        (repeated(task), known if isinstance(known, VisageError) else {**body, "tasks": [task]}) for task, known in read
    ]


def repeated(task: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a task that its entry repeats."""
    sent = {name: echo(task[name]) for name in ("url", "extras") if name in task}
    limits = {"url": URL_BYTES, "extras": TASK_BYTES}
    return fields.sent_data_id(task) | {name: value for name, value in sent.items() if size_of(value) <= limits[name]}


def size_of(value: Any) -> int:
    """Size of a value as JSON, in bytes."""
    return len(json.dumps(value, ensure_ascii=False).encode())


def _scenes(body: Body, known: Collection[str]) -> list[str]:
    value = body.get("scenes")
    if not isinstance(value, list) or not value or not all(isinstance(name, str) and name in known for name in value):
        raise fields.invalid(f"scenes must be a list of these: {', '.join(known)}.")
    return list(dict.fromkeys(value))


def _tasks(body: Body) -> list[Mapping[str, Any]]:
    """The tasks as sent. PHP clients send an object: of the list's elements, or the only task itself."""
    value = body.get("tasks")
    tasks = value
    if isinstance(value, dict):
        tasks = [value] if "url" in value else list(value.values())
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
    """A task's entry: its fields, and its results or its first error."""
    failure = next((result for result in results if isinstance(result, VisageError)), None)
    code, message = (OK, "OK") if failure is None else green_error(failure)
    entry = {"code": code, "msg": message, "taskId": task_id(), **repeated(task)}
    return entry if failure else {**entry, "results": results}

