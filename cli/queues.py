"""Messages that nobody could deal with, looked at where they lie."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_plus

from visage import aws

_EMPTY = 3
"""A queue that gave nothing new so often in turn has no more to give."""
_HIDDEN = 30
"""Seconds for which nobody else sees a message that was looked at."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message; it stays where it is."""

    text: str
    """As text that can be searched: keys of objects come encoded."""
    receipt: str

    def of(self, library: str) -> bool:
        """Whether it is about a library, or about an object of it."""
        return re.search(rf'"{re.escape(library)}["/]', self.text) is not None


def waiting(url: str) -> Iterator[Message]:
    """All messages of a queue."""
    seen: set[str] = set()
    empty = 0
    while empty < _EMPTY:
        answer = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=_HIDDEN)
        new = [each for each in answer.get("Messages", []) if each["MessageId"] not in seen]
        empty = 0 if new else empty + 1
        seen.update(each["MessageId"] for each in new)
        yield from (Message(unquote_plus(each["Body"]), each["ReceiptHandle"]) for each in new)
