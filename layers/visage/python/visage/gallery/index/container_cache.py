"""A container's cache between requests, within its memory."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cache
from typing import Any

from visage.settings import settings

_RESERVED = 1240
"""MiB reserved: 330 for Python and the networks; at worst 400 for a request's downloads and 510 to decode an image."""
_MINIMUM = 64
"""MiB of cache in the smallest function."""


class ContainerCache:
    """A thread-safe cache of the most recently used values, bounded in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, tuple[int, Any]] = OrderedDict()
        self._size = 0

    def get(self, key: Hashable, size: int, load: Callable[[], Any]) -> Any:
        """The value under the key; if there is none, what `load` returns, which takes `size` bytes.

        Space is freed before loading. A value larger than the whole cache is kept alone. Two threads that need the same
        value at the same time both load it: neither waits for the other.
        """
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key][1]
            self._make_room(size)
        value = load()
        self.put(key, size, value)
        return value

    def put(self, key: Hashable, size: int, value: Any) -> None:
        with self._lock:
            self._drop(key)
            self._make_room(size)
            self._entries[key] = size, value
            self._size += size

    def peek(self, key: Hashable) -> Any:
        """The value under the key, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][1]

    def drop(self, key: Hashable) -> None:
        with self._lock:
            self._drop(key)

    def drop_where(self, matches: Callable[[Any], bool]) -> None:
        """Drop all entries whose keys match."""
        with self._lock:
            for key in [key for key in self._entries if matches(key)]:
                self._drop(key)

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._size = 0

    def _make_room(self, size: int) -> None:
        while self._entries and self._size + size > self._limit:
            self._drop(next(iter(self._entries)))

    def _drop(self, key: Hashable) -> None:
        if key in self._entries:
            self._size -= self._entries.pop(key)[0]


@cache
def container_cache() -> ContainerCache:
    """This container's cache."""
    return ContainerCache(max(settings().memory - _RESERVED, _MINIMUM) * 2**20)
