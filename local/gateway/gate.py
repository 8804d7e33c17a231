"""How many calls this machine works on at the same time, and who is sent away because too many wait.

Lambda would start more functions; a laptop has no more to give. A call that would wait longer than its client does is
better refused at once: it would be worked on for nobody, and make the next ones late as well.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from local.functions.pool import ThrottledError

PATIENCE = 6.0
"""Seconds that a call may wait: a synchronous one is to be answered within six."""
_EXPECTED = 2.0
"""Seconds that it may be expected to wait, going by how many wait and how long calls have taken of late. Less than
`PATIENCE`, so that who is let in is seldom sent away later."""
_AT_ONCE = 4
"""Calls worked on at the same time for each core: most of a call is waiting for the local AWS."""
_FIRST, _SHARE = 0.3, 0.2
"""Seconds that a call is thought to take at first, and how much of that each one that ends changes."""


class Gate:
    """Safe to call from several threads."""

    def __init__(
        self,
        at_once: int = _AT_ONCE * (os.cpu_count() or 1),
        patience: float = PATIENCE,
        expected: float = _EXPECTED,
    ) -> None:
        self._at_once = at_once
        self._patience = patience
        self._expected = expected
        self._running = 0
        self._queue: deque[threading.Event] = deque()
        self._lasts = _FIRST
        self._lock = threading.Lock()

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Within the block a call is worked on; who came first is first. Raises ThrottledError, at once where the wait
        would be too long."""
        self._enter()
        began = time.monotonic()
        try:
            yield
        finally:
            self._leave(time.monotonic() - began)

    def _enter(self) -> None:
        with self._lock:
            if self._running < self._at_once:
                self._running += 1
                return
            if (len(self._queue) + 1) * self._lasts / self._at_once > self._expected:
                raise ThrottledError
            turn = threading.Event()
            self._queue.append(turn)
        if not turn.wait(self._patience):
            with self._lock:
                if turn in self._queue:
                    self._queue.remove(turn)
                    raise ThrottledError

    def _leave(self, lasted: float) -> None:
        with self._lock:
            self._lasts += _SHARE * (lasted - self._lasts)
            if self._queue:
                self._queue.popleft().set()  # the place goes to the next, so that no newcomer can take it
            else:
                self._running -= 1
