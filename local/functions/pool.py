"""The execution environments of one function: started on demand, kept warm, reused."""

import os
import threading
import time
from collections.abc import Callable

from local.functions.runtime import REQUEST_LIMIT, Answer, EnvironmentLostError, ExecutionEnvironment

DEFAULT_LIMIT = max(4, os.cpu_count() or 4)
"""The most environments of a function without reserved concurrency. Lambda would start more; here further calls
wait."""


class PayloadTooLargeError(Exception):
    """The event exceeds REQUEST_LIMIT bytes."""


class ThrottledError(Exception):
    """The function's reserved concurrency is exhausted."""


class StoppedError(Exception):
    """The stack is being stopped."""


class Pool:
    """A pool of environments; thread-safe."""

    def __init__(self, start: Callable[[], ExecutionEnvironment], reserved: int | None) -> None:
        self._start = start
        self._reserved = reserved
        self._limit = DEFAULT_LIMIT if reserved is None else reserved
        self._idle: list[tuple[float, ExecutionEnvironment]] = []
        self._all: set[ExecutionEnvironment] = set()
        self._changed = threading.Condition()
        self._stopped = False

    def warm_up(self) -> Answer | None:
        """Start one environment and wait until it can take events; returns the failure if it cannot."""
        environment = self._acquire()
        failure = environment.start()
        self._release(environment)
        return failure

    def invoke(self, payload: bytes) -> Answer:
        """Invoke the function. Raises PayloadTooLargeError, ThrottledError, StoppedError."""
        if len(payload) > REQUEST_LIMIT:
            raise PayloadTooLargeError(len(payload))
        while True:
            environment = self._acquire()
            try:
                answer = environment.invoke(payload)
                if answer.failed and self._stopped:
                    raise StoppedError
                return answer
            except EnvironmentLostError:
                continue
            finally:
                self._release(environment)

    @property
    def processes(self) -> list[int]:
        """Ids of its processes."""
        with self._changed:
            return [environment.pid for environment in self._all]

    def idle(self) -> list[tuple[float, int]]:
        """Of each idle environment, since when (time.monotonic) it is, and its process."""
        with self._changed:
            return [(since, environment.pid) for since, environment in self._idle]

    def retire(self, pid: int) -> None:
        """End the environment with this process, if it is still idle."""
        with self._changed:
            found = [entry for entry in self._idle if entry[1].pid == pid]
            for entry in found:
                self._idle.remove(entry)
        for _since, environment in found:
            environment.stop()
            self._release(environment)

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            environments = list(self._all)
            self._changed.notify_all()
        for environment in environments:
            environment.stop()

    def _acquire(self) -> ExecutionEnvironment:
        with self._changed:
            while not self._stopped:
                if self._idle:
                    return self._idle.pop()[1]
                if len(self._all) < self._limit:
                    environment = self._start()
                    self._all.add(environment)
                    return environment
                if self._reserved is not None:
                    raise ThrottledError
                self._changed.wait()
        raise StoppedError

    def _release(self, environment: ExecutionEnvironment) -> None:
        with self._changed:
            if environment.alive:
                self._idle.append((time.monotonic(), environment))
            else:
                self._all.discard(environment)
            self._changed.notify()
