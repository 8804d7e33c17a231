"""What a container keeps from one request to the next, within its memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from visage.settings import settings

_OTHERS = 1200
"""MiB that Python and the networks take, 330, and at worst the images of a request: 400 fetched, 400 to decode one."""
_LEAST = 64
"""MiB that are kept in the smallest function."""


class Residents:
    """The last used of what would have to be loaded again. For use by any number of threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable, size: int, load: Callable[[], Any]) -> Any:
        """What is kept under the key, or what `load` makes, which takes `size` bytes.

        Room is made before it is loaded. What is larger than all the room is kept alone. Two threads that need the
        same at the same time both load it: neither waits for the other.
        """
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][1]
            self._make_room(size)
        value = load()
        self.put(key, size, value)
        return value

    def put(self, key: Hashable, size: int, value: Any) -> None:
        with self._lock:
            self._drop(key)
            self._make_room(size)
            self._kept[key] = size, value
            self._size += size

    def peek(self, key: Hashable) -> Any:
        """What is kept under the key, or None."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][1]

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._drop(key)

    def drop_where(self, unwanted: Callable[[Any], bool]) -> None:
        """Drop what is kept under such keys."""
        with self._lock:
            for key in [key for key in self._kept if unwanted(key)]:
                self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._size = 0

    def _make_room(self, size: int) -> None:
        while self._kept and self._size + size > self._limit:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        if key in self._kept:
            self._size -= self._kept.pop(key)[0]


@cache
def residents() -> Residents:
    """This container's."""
    return Residents(max(settings().memory - _OTHERS, _LEAST) * 2**20)
