"""Asynchronous scans on the wire: submitting tasks and reading their results."""

from collections.abc import Mapping
from typing import Any

from visage.api.dialects import fields
from visage.api.dialects.green import OK, GreenCall
from visage.api.errors import green_error
from visage.api.scans.scan import TASK_BYTES, TASKS, Body, size_of, split
from visage.errors import Reason, VisageError
from visage.jobs import scans
from visage.jobs.types import Callback, Job, Outcome, State
from visage.media.connections import may_be_reached
from visage.media.urls import Url

SCENES = ("sface-n", "sface-1", "liveness")
"""The names in `scenes.SCENES`, repeated here because importing them would import the networks."""
PROCESSING = 280
"""`code` of a task that is queued or running."""
_FOR_THE_CALL = {"callback", "seed", "cryptType"}

_REASONS = {
    State.UNKNOWN: Reason.TASK_UNKNOWN,
    State.LATE: Reason.OUT_OF_TIME,
    State.EXPIRED: Reason.TASK_EXPIRED,
}


def submit(call: GreenCall) -> list[dict[str, Any]]:
    """Submit the tasks of a request; the response's data: an entry with a task id for each."""
    return take(call.library, call.body, callback=_callback(call))


def take(library: str, body: Body, *, callback: Callback | None = None, result_key: str = "") -> list[dict[str, Any]]:
    """Queue the tasks of a scan's body; return an entry for each, with its `taskId` or its error.

    With `result_key`, a key below `<library>/results/`, a task's final entry is also written there in the upload
    bucket. Raises as `scan` does, and VisageError(CONTENDED) when the table is too busy.
    """
    tasks = split({name: value for name, value in body.items() if name not in _FOR_THE_CALL}, SCENES)
    if len(tasks) > 1 and size_of({name: value for name, value in body.items() if name != "tasks"}) > TASK_BYTES:
        raise fields.invalid(f"What tasks share must have at most {TASK_BYTES} bytes: images belong in the tasks.")
    jobs = [Job(known, one) for known, one in tasks if not isinstance(one, VisageError)]
    submitted = iter(scans.submit(library, jobs, callback=callback, result_key=result_key) if jobs else ())
    return [_submitted(known, one if isinstance(one, VisageError) else next(submitted)) for known, one in tasks]


def _callback(call: GreenCall) -> Callback | None:
    url, kind = call.body.get("callback"), call.body.get("cryptType")
    if kind not in (None, "", "SHA256"):
        raise fields.invalid("cryptType must be SHA256.")
    if url in (None, ""):
        return None
    try:
        address = Url.parse(fields.url(call.body, "callback"))
    except VisageError:
        raise fields.invalid("callback must be an http:// or https:// URL of at most 2048 characters.") from None
    if not may_be_reached(address):
        raise fields.invalid("callback must lead to a public address, and to port 80, 443 or one from 1024 on.")
    return Callback(url, fields.seed(call.body), call.client.id)


def _submitted(known: Mapping[str, Any], submitted: str | VisageError) -> dict[str, Any]:
    if isinstance(submitted, VisageError):
        return failed(submitted, known)
    return {"code": OK, "msg": "OK", "taskId": submitted, **known}


def results(call: GreenCall) -> list[dict[str, Any]]:
    """The entries of 1 to 100 tasks, in the order of the ids in the body; the response's data."""
    names = call.body
    if not 1 <= len(names) <= TASKS or not all(isinstance(name, str) for name in names):
        raise fields.invalid(f"The body must be a list of 1 to {TASKS} taskIds.")
    return [_result_entry(outcome) for outcome in scans.results(call.library, names)]


def _result_entry(outcome: Outcome) -> dict[str, Any]:
    if outcome.state is State.DONE:
        return dict(outcome.entry)
    known = {"taskId": outcome.task_id, **outcome.entry}
    if outcome.state is State.WAITING:
        return {"code": PROCESSING, "msg": "PROCESSING", **known}
    return failed(VisageError(_REASONS[outcome.state]), known)


def failed(error: VisageError, known: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a task that failed."""
    code, message = green_error(error)
    return {"code": code, "msg": message, **known}
