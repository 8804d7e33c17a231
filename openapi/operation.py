"""What an operation takes, answers and refuses."""

from dataclasses import dataclass

from openapi.schemas import Schema
from visage.errors import Reason

IMAGE = (
    *(Reason.IMAGE_ADDRESS, Reason.IMAGE_NOT_FOUND, Reason.IMAGE_TIMEOUT, Reason.IMAGE_TOO_LARGE),
    Reason.IMAGE_UNREADABLE,
)
"""Why an image is not taken."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation on the wire, besides what all of its dialect have in common."""

    tag: str
    summary: str
    description: str
    takes: Schema
    """The JSON body (Green), or the parameters of query and form (Cloudauth)."""
    answers: Schema
    """The answer's data."""
    refuses: tuple[Reason, ...] = ()
    items: tuple[Reason, ...] = ()
    """Reasons told of a single image or task, within an answer of success."""
