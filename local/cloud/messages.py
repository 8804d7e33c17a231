"""SQS queues whose costs do not grow with what waits in them.

moto counts all messages whenever one is sent, looks at the calendar for each, and goes through all of them for each
that is deleted: with a few thousand a client waits longer for that than for its answer.
"""

import time
from contextvars import ContextVar
from functools import wraps
from typing import Any

from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend

_sending: ContextVar[bool] = ContextVar("sending", default=False)


def make_cheap() -> None:
    """For all of moto's queues in this process; a second time does nothing."""
    if not hasattr(SQSBackend.send_message, "__wrapped__"):
        Message.visible = property(lambda message: time.time() * 1000 > message.visible_at)
        Message.delayed = property(lambda message: time.time() * 1000 < message.delayed_until)
        Queue.attributes = _attributes(Queue.attributes)
        Queue.delete_message = _delete_message
        SQSBackend.send_message = _noting(SQSBackend.send_message)


def _noting(send: Any) -> Any:
    @wraps(send)
    def send_message(self: SQSBackend, *arguments: Any, **options: Any) -> Message:
        token = _sending.set(True)
        try:
            return send(self, *arguments, **options)
        finally:
            _sending.reset(token)

    return send_message


def _attributes(counted: property) -> property:
    """Of a plain queue to which a message is being sent none are of interest."""
    return property(lambda queue: {} if _sending.get() and not queue.fifo_queue else counted.fget(queue))


def _delete_message(queue: Queue, receipt_handle: str) -> None:
    if receipt_handle in queue.deleted_messages:
        return
    for index, message in enumerate(queue._messages):  # what was received lies in front
        if message.receipt_handle == receipt_handle or receipt_handle in message._old_receipt_handles:
            queue.pending_messages.discard(message)
            queue.deleted_messages.update(message.all_receipt_handles)
            del queue._messages[index]
            return
    raise ReceiptHandleIsInvalid
