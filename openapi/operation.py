"""Describes an operation: its request, response and errors."""

from dataclasses import dataclass

from openapi.schemas import Schema
from visage.errors import Reason

IMAGE = (
    *(Reason.IMAGE_ADDRESS, Reason.IMAGE_NOT_FOUND, Reason.IMAGE_TIMEOUT, Reason.IMAGE_TOO_LARGE),
    Reason.IMAGE_UNREADABLE,
)
"""Reasons to refuse an image."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on the wire, without what all operations of its dialect share."""

    tag: str
    summary: str
    description: str
    takes: Schema
    """The JSON body (Green), or the parameters of query and form (Cloudauth)."""
    answers: Schema
    """The response's data."""
    refuses: tuple[Reason, ...] = ()
    items: tuple[Reason, ...] = ()
    """Reasons for a single image or task, within a successful response."""
