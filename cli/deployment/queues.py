"""Reads dead-letter queues without removing messages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from visage import aws

_MAX_EMPTY = 3
"""A queue that returned nothing new this many times in a row has no more messages."""
_HIDDEN = 30
"""Seconds for which a message that was read is hidden from others."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; it stays in the queue."""

    text: str
    """As searchable text: object keys are URL-decoded."""
    receipt: str

    def of(self, library: str) -> bool:
        """Whether it is about a library, or about an object of it."""
        return re.search(rf'"{re.escape(library)}["/]', self.text) is not None


def all_messages(url: str) -> Iterator[Message]:
    """All messages of a queue."""
    seen: set[str] = set()
    empty = 0
    while empty < _MAX_EMPTY:
        answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN)
        new = [each for each in answer.get("Messages", []) if each["MessageId"] not in seen]
        empty = 0 if new else empty + 1
        seen.update(each["MessageId"] for each in new)
        yield from (Message(unquote_plus(each["Body"]), each["ReceiptHandle"]) for each in new)
