"""The end of a function's time, met before Lambda meets it: Lambda kills the function, and its client hears nothing."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

RESERVE = 0.7
"""Seconds before the end at which it is answered: enough to write an answer on a processor that others use, too."""


def within(context: Any, work: Callable[[], T], otherwise: Callable[[], T]) -> T:
    """What `work` returns or raises; what `otherwise` returns where the time of Lambda's `context` ends before.

    `work` is not ended then. It goes on for as long as Lambda lets the process run, and nobody hears of its result.
    """
    if context is None:
        return work()
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(work())
        except BaseException as error:  # raised again where it is waited for
            answer.set_exception(error)

    threading.Thread(target=run, name="operation", daemon=True).start()
    try:
        return answer.result(max(0, context.get_remaining_time_in_millis() / 1000 - RESERVE))
    except TimeoutError:
        if answer.done():  # it was `work` that raised this
            raise
        return otherwise()
