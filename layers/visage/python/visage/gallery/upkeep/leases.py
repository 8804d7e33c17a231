"""Leases on a group's vector index: one packer at a time may write.

The index accepts any write, old or new, so a late packer must not write after one with newer data. A lease consists of
two attributes of the group's INDEX row. When a packer dies, its lease expires.
"""

import secrets
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import TypeVar

from visage import table
from visage.errors import Reason, VisageError
from visage.gallery.persons import rows
from visage.table import Key, Row, number

T = TypeVar("T")

_TERM = 60
_RESERVE = 20
"""Seconds before its end from which a lease allows no more writes: longer than any request it has allowed may take."""


class Lease:
    """The right to write to one group's index, released at the end of a `with` block."""

    def __init__(self, key: Key, holder: str, until: float) -> None:
        self._key = key
        self._holder = {":holder": {"S": holder}}
        self._until = until

    @classmethod
    def acquire(cls, library: str, group_id: str) -> "Lease | None":
        """Acquire the lease; None when another packer holds it."""
        key, holder, now = rows.index_key(library, group_id), secrets.token_hex(16), time.time()
        acquired, _row = table.update(
            key,
            "SET holder = :holder, held_until = :until",
            # Also when this very call took it, and its response was lost.
            "attribute_not_exists(holder) OR held_until < :now OR holder = :holder",
            {":holder": {"S": holder}, ":until": number(now + _TERM), ":now": number(now)},
        )
        return cls(key, holder, now + _TERM) if acquired else None

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, error_type: type[BaseException] | None, *_rest: BaseException | TracebackType | None) -> None:
        # A packer that failed may have left a request in flight: let its lease expire.
        if error_type is None:
            table.update(self._key, "REMOVE holder, held_until", "holder = :holder", self._holder)

    def extend(self, extra: str = "", values: Row | None = None) -> None:
        """Start another term. `extra`: further clauses of the UpdateExpression for the INDEX row.

        Raises VisageError(CONTENDED) when the lease has expired and another packer holds it.
        """
        until = time.time() + _TERM
        terms = {**self._holder, ":until": number(until), **(values or {})}
        held, _row = table.update(self._key, f"SET held_until = :until{extra}", "holder = :holder", terms)
        if not held:
            raise VisageError(Reason.CONTENDED)
        self._until = until

    def while_held(self, entries: Iterable[T]) -> Iterator[T]:
        """Yield the entries, each only when there is enough time to write it; extends the lease as needed."""
        for entry in entries:
            if time.time() > self._until - _RESERVE:
                self.extend()
            yield entry
