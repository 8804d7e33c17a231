"""Asynchronous scans run: a task is scanned as the synchronous call scans it, and its result is kept."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from visage.api.async_scan import failed
from visage.api.scan import Scene, scan
from visage.errors import Reason, VisageError
from visage.gallery.persons.store import Library
from visage.jobs import scans
from visage.jobs.types import RECEIVES, Message, Stage, Task

SECONDS = 20.0
"""A task has longer than a synchronous call. One that begins at the end of it is still within the function's limit."""


def run(message: Message, scenes: Mapping[str, Scene]) -> None:
    """Brings the task that a message names to its end: runs it, or follows up the result of an earlier run.

    The last time that a message comes, a task that was begun before is given up: its client is told so, and the message
    is to end in the dead-letter queue, which VisageError(INTERNAL) tells.
    """
    task = scans.begin(message.library, message.task_id)
    if task is None:
        return
    given_up = message.received >= RECEIVES and task.runs > 1
    done = _finished(task, given_up, scenes) if task.stage is Stage.QUEUED else task
    if done is not None:
        scans.follow_up(_without_who_is_gone(done))
    if given_up:
        raise VisageError(Reason.INTERNAL, "a task was given up")


def _finished(task: Task, given_up: bool, scenes: Mapping[str, Scene]) -> Task | None:
    """The task with its result, where something is to follow from that."""
    if not task.late:
        entry = _failed(task, Reason.INTERNAL) if given_up else _entry(task, scenes)
        done = scans.finish(task, entry, {person_id for person_id, _face_id in _faces(entry)})
        if done is not None or not task.late:
            return done
    return scans.miss(task, _failed(task, Reason.OUT_OF_TIME))


def _failed(task: Task, reason: Reason) -> dict[str, Any]:
    return failed(VisageError(reason), {"taskId": task.id, **task.known})


def _entry(task: Task, scenes: Mapping[str, Scene]) -> dict[str, Any]:
    """What a synchronous scan answers, under the task's own name."""
    (entry,) = scan(task.library, scans.body(task), scenes, time.monotonic() + SECONDS)
    return {**entry, "taskId": task.id}


def _without_who_is_gone(task: Task) -> Task:
    """Erases the result where a face that it names was removed meanwhile, alone or with its person: too late for
    whoever removed it to see the result."""
    gone = Library(task.library).missing(_faces(task.known))
    for person_id in gone:
        scans.forget(task.library, person_id)
    return replace(task, stage=Stage.FORGOTTEN) if gone else task


def _faces(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Ids of those whom an entry names, and of their faces."""
    for result in entry.get("results", ()):
        for face in result.get("topPersonData", ()):
            yield from ((person["personId"], person["faceId"]) for person in face["persons"])
