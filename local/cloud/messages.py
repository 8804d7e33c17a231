"""Makes the cost of moto's SQS queues independent of the number of messages.

moto counts all messages for each one sent, parses dates for each of them, and goes through all of them for each one
deleted: with a few thousand messages a client would wait longer for that than for its response.
"""

import time
from contextvars import ContextVar
from functools import wraps
from typing import Any

from moto.sqs.exceptions import ReceiptHandleIsInvalid
from moto.sqs.models import Message, Queue, SQSBackend

_sending: ContextVar[bool] = ContextVar("sending", default=False)


def patch_moto() -> None:
    """Patch all of moto's queues in this process; a second call does nothing."""
    if not hasattr(SQSBackend.send_message, "__wrapped__"):
        Message.visible = property(lambda message: time.time() * 1000 > message.visible_at)
        Message.delayed = property(lambda message: time.time() * 1000 < message.delayed_until)
        Queue.attributes = _attributes(Queue.attributes)
        Queue.delete_message = _delete_message
        SQSBackend.send_message = _recording(SQSBackend.send_message)


def _recording(send: Any) -> Any:
    @wraps(send)
    def send_message(self: SQSBackend, *arguments: Any, **options: Any) -> Message:
        token = _sending.set(True)
        try:
            return send(self, *arguments, **options)
        finally:
            _sending.reset(token)

    return send_message


def _attributes(counted: property) -> property:
    """moto's counters of a queue, skipped while a message is being sent to a standard queue, which needs none."""
    return property(lambda queue: {} if _sending.get() and not queue.fifo_queue else counted.fget(queue))


def _delete_message(queue: Queue, receipt_handle: str) -> None:
    if receipt_handle in queue.deleted_messages:
        return
    for index, message in enumerate(queue._messages):  # received messages come first
        if message.receipt_handle == receipt_handle or receipt_handle in message._old_receipt_handles:
            queue.pending_messages.discard(message)
            queue.deleted_messages.update(message.all_receipt_handles)
            del queue._messages[index]
            return
    raise ReceiptHandleIsInvalid
