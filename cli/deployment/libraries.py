"""The libraries of a deployment."""

import time

from visage import table
from visage.access.clients import ClientStore
from visage.gallery.persons import rows


def libraries(clients: ClientStore) -> set[str]:
    """The libraries of the clients, and those that contain persons."""
    return {client.own_library for client in clients.all()} | {row["sk"]["S"] for row in _rows() if not _end(row)}


def erased(library: str) -> str | None:
    """The day on which a library was erased (ISO 8601), as long as that is recorded."""
    ends = (_end(row) for row in _rows() if row["sk"]["S"] == library)
    return next((time.strftime("%F", time.gmtime(int(end))) for end in ends if end), None)


def _rows() -> list[table.Row]:
    return table.partition(rows.LIBRARIES)


def _end(row: table.Row) -> str | None:
    """When a library was closed, in epoch seconds as text."""
    return row["closed"]["N"] if "closed" in row else None
