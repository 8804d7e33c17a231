"""Runs the queued scans."""

from visage.api.messages import queue_operation
from visage.api.scans.run_scan import run
from visage.api.scans.scenes import SCENES
from visage.jobs.types import Message


@queue_operation("RunScan")
def handler(message: Message) -> None:
    run(message, SCENES)
