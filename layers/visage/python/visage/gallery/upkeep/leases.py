"""Who may write to a group's vector index: one packer at a time, for as long as its lease runs.

The index takes whatever is written, old or new, so a packer that is late must not write after one that knows more. A
lease is two attributes of the group's INDEX row. A packer that dies leaves them behind, and they run out.
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

_SECONDS = 60
_RESERVE = 20
"""Seconds before its end in which a lease allows no more: longer than any request that it has allowed may take."""


class Lease:
    """The right to write to one group's index, given back at the end of a `with` block."""

    def __init__(self, key: Key, holder: str, until: float) -> None:
        self._key = key
        self._holder = {":holder": {"S": holder}}
        self._until = until

    @classmethod
    def take(cls, library: str, group_id: str) -> "Lease | None":
        """None when another packer holds it."""
        key, holder, now = rows.index_key(library, group_id), secrets.token_hex(16), time.time()
        taken, _row = table.update(
            key,
            "SET holder = :holder, held_until = :until",
            # Also when it was taken by this very call, whose answer was lost.
            "attribute_not_exists(holder) OR held_until < :now OR holder = :holder",
            {":holder": {"S": holder}, ":until": number(now + _SECONDS), ":now": number(now)},
        )
        return cls(key, holder, now + _SECONDS) if taken else None

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: BaseException | TracebackType | None) -> None:
        # A packer that ends by surprise may have left a request under way: its lease is to run out.
        if kind is None:
            table.update(self._key, "REMOVE holder, held_until", "holder = :holder", self._holder)

    def extend(self, also: str = "", values: Row | None = None) -> None:
        """Begin another term; `also` holds further clauses of an UpdateExpression for the INDEX row.

        Raises VisageError(CONTENDED) when the lease has run out and another packer has it.
        """
        until = time.time() + _SECONDS
        terms = {**self._holder, ":until": number(until), **(values or {})}
        held, _row = table.update(self._key, f"SET held_until = :until{also}", "holder = :holder", terms)
        if not held:
            raise VisageError(Reason.CONTENDED)
        self._until = until

    def while_held(self, entries: Iterable[T]) -> Iterator[T]:
        """The entries, each only once there is time enough to write it; begins further terms as needed."""
        for entry in entries:
            if time.time() > self._until - _RESERVE:
                self.extend()
            yield entry
