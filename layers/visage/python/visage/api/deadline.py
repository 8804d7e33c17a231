"""Answers a request before Lambda's timeout: after it Lambda kills the function, and the client gets no response."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

RESERVE = 0.7
"""Seconds before the timeout at which the request is answered: enough to write a response on a shared processor."""


def within(context: Any, work: Callable[[], T], otherwise: Callable[[], T]) -> T:
    """Return or raise what `work` does, or return `otherwise()` when the time of Lambda's `context` is nearly over.

    `work` is not stopped then. It continues for as long as Lambda lets the process run, and its result is dropped.
    """
    if context is None:
        return work()
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # raised again by the waiting thread
            answer.set_exception(error)

    threading.Thread(target=run, name="operation", daemon=True).start()
    try:
        return answer.result(max(0, context.get_remaining_time_in_millis() / 1000 - RESERVE))
    except TimeoutError:
        if answer.done():  # raised by `work` itself
            raise
        return otherwise()
