"""Runs asynchronous scans: scans a task like the synchronous call and stores its result."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from visage.api.scans.async_scan import failed
from visage.api.scans.scan import Scene, scan
from visage.errors import Reason, VisageError
from visage.gallery.persons.store import Library
from visage.jobs import scans
from visage.jobs.types import MAX_RECEIVES, Message, Stage, Task

SECONDS = 20.0
"""Seconds for a task, more than a synchronous call has. An image begun at the end still fits the function's timeout."""


def run(message: Message, scenes: Mapping[str, Scene]) -> None:
    """Complete the task of a message: run it, or do the follow-up of an earlier run's result.

    At the message's last delivery, a task that was begun before is given up: its client is told, and
    VisageError(INTERNAL) sends the message to the dead-letter queue.
    """
    task = scans.begin(message.library, message.task_id)
    if task is None:
        return
    given_up = message.received >= MAX_RECEIVES and task.runs > 1
    done = _run(task, given_up, scenes) if task.stage is Stage.QUEUED else task
    if done is not None:
        scans.follow_up(_without_removed_faces(done))
    if given_up:
        raise VisageError(Reason.INTERNAL, "a task was given up")


def _run(task: Task, given_up: bool, scenes: Mapping[str, Scene]) -> Task | None:
    """Run a task; return it with its result if follow-up work is pending."""
    if not task.late:
        entry = _failed(task, Reason.INTERNAL) if given_up else _entry(task, scenes)
        done = scans.finish(task, entry, {person_id for person_id, _face_id in _faces(entry)})
        if done is not None or not task.late:
            return done
    return scans.mark_late(task, _failed(task, Reason.OUT_OF_TIME))


def _failed(task: Task, reason: Reason) -> dict[str, Any]:
    return failed(VisageError(reason), {"taskId": task.id, **task.known})


def _entry(task: Task, scenes: Mapping[str, Scene]) -> dict[str, Any]:
    """The entry that a synchronous scan returns, with the task's own id."""
    (entry,) = scan(task.library, scans.body(task), scenes, time.monotonic() + SECONDS)
    return {**entry, "taskId": task.id}


def _without_removed_faces(task: Task) -> Task:
    """Erase the result if a face that it names was removed meanwhile, alone or with its person: the removal came too
    early to see the result."""
    gone = Library(task.library).missing(_faces(task.known))
    for person_id in gone:
        scans.forget(task.library, person_id)
    return replace(task, stage=Stage.FORGOTTEN) if gone else task


def _faces(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Ids of the persons in an entry, each with a face id."""
    for result in entry.get("results", ()):
        for face in result.get("topPersonData", ()):
            yield from ((person["personId"], person["faceId"]) for person in face["persons"])
