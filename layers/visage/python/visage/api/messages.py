"""The decorator of queue consumers: each message of a batch is handled, and fails, on its own."""

import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any

from visage import stages
from visage.api.operation import frames, logger
from visage.api.telemetry.metrics import metrics
from visage.errors import VisageError
from visage.jobs import queues
from visage.jobs.types import Handled, Message

MessageFunction = Callable[[Message], Handled | None]
Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


def queue_operation(
    name: str, *, queue: Callable[[], str] = str, at_once: int = 1
) -> Callable[[MessageFunction], Handler]:
    """Make a Lambda handler of a function that handles one message.

    A function that postpones messages names its `queue` (the URL). A message that fails comes again after its
    visibility timeout, and finally goes to the dead-letter queue. `at_once` messages are handled concurrently.
    """

    def decorate(function: MessageFunction) -> Handler:
        def handle(record: Mapping[str, Any]) -> bool:
            """Handle a record; return whether it is done."""
            started, done = time.perf_counter(), False
            stages.begin()
            try:
                handled = function(_read(record)) or Handled()
                outcome, done = handled.outcome, handled.again is None
                if handled.again is not None:
                    queues.postpone(queue(), record["receiptHandle"], handled.again)
            except VisageError as error:
                outcome = error.reason.name
                logger.error("broken", detail=error.detail)
            except Exception as error:  # log no traceback and no message, which may contain personal data
                outcome = "failed"
                logger.error("unexpected", kind=type(error).__name__, frames=frames(error))
            milliseconds = round(1000 * (time.perf_counter() - started))
            logger.info("handled", operation=name, outcome=outcome, milliseconds=milliseconds, **metrics(outcome))
            return done

        @wraps(function)
        def handler(event: Mapping[str, Any], _context: Any) -> dict[str, Any]:
            records = event["Records"]
            with ThreadPoolExecutor(at_once, thread_name_prefix="message") as threads:
                done = list(threads.map(handle, records))
            failed = [record["messageId"] for record, good in zip(records, done, strict=True) if not good]
            return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}

        return handler

    return decorate


def _read(record: Mapping[str, Any]) -> Message:
    """Parse a message. Raises ValueError if it names no task."""
    match json.loads(record["body"]):
        case {"library": str(library), "taskId": str(task_id)}:
            return Message(library, task_id, int(record["attributes"]["ApproximateReceiveCount"]))
    raise ValueError("no task")
