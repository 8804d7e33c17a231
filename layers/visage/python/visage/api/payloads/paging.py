"""Pages of a group's persons: by number, as in the contract, or by cursor, our extension.

A page number counts from the first person, so persons who are added or removed meanwhile shift it. A cursor continues
after the last id returned: no person who stays is skipped or returned twice.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from visage.api.dialects import fields
from visage.api.dialects.green import OK

PAGE_SIZES = (1, 100)
_MAX_PAGES = 10**9
_CURSOR = re.compile(r"[A-Za-z0-9_-]{2,43}")
_CURSOR_RULE = "cursor must be the nextCursor of an earlier answer."


class Persons(Protocol):
    """The persons of a group, sorted by id."""

    @property
    def total(self) -> int: ...

    def persons(self, after: str | None, count: int) -> list[str]: ...

    def persons_page(self, page: int, size: int) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class Page:
    """The requested page: page `number`, from 1, or what follows the person `after`."""

    number: int
    size: int
    after: str | None

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Page":
        """Parse the request. Raises VisageError(FIELD_INVALID)."""
        return cls(
            number=fields.whole(body, "currentPage", 1, 1, _MAX_PAGES),
            size=fields.whole(body, "pageSize", 20, *PAGE_SIZES),
            after=_read_cursor(body.get("cursor")),
        )

    def data(self, group: Persons) -> dict[str, Any]:
        """The response's data; `nextCursor` is "" after the last person."""
        if self.after is None:
            ids = group.persons_page(self.number, self.size)
        else:
            ids = group.persons(self.after, self.size)
        more = bool(ids) and bool(group.persons(ids[-1], 1))
        return {
            "code": OK,
            "personIds": ids,
            "currentPage": self.number,
            "pageSize": self.size,
            "totalCount": group.total,
            "nextCursor": _write_cursor(ids[-1]) if more else "",
        }


def _write_cursor(person_id: str) -> str:
    return base64.urlsafe_b64encode(person_id.encode()).decode().rstrip("=")


def _read_cursor(text: Any) -> str | None:
    """The id in a cursor; None for a missing or empty one, which requests the first page."""
    if text is None or text == "":
        return None
    if not (isinstance(text, str) and _CURSOR.fullmatch(text)):
        raise fields.invalid(_CURSOR_RULE)
    try:
        person_id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except ValueError:
        raise fields.invalid(_CURSOR_RULE) from None
    if not fields.ID.fullmatch(person_id):
        raise fields.invalid(_CURSOR_RULE)
    return person_id
