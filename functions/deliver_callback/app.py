"""Delivers results to the clients' callback URLs."""

from visage.api.messages import queue_operation
from visage.jobs.callbacks import deliver
from visage.jobs.types import Handled, Message
from visage.settings import settings


@queue_operation("DeliverCallback", queue=lambda: settings().callback_queue, at_once=10)
def handler(message: Message) -> Handled:
    return deliver(message.library, message.task_id)
