"""How long the stages of a call take, and what else is counted of it. In a trace each stage is a subsegment.

X-Ray's daemon takes subsegments as datagrams ("Sending segment documents to the X-Ray daemon" in the AWS X-Ray
developer guide), so nothing needs to be imported for it.
"""

import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_counted: dict[str, float] = {}
_labels: dict[str, str] = {}
_lock = threading.Lock()


def begin() -> None:
    """A new call: forget what was counted of the one before. A function handles one call at a time."""
    with _lock:
        _counted.clear()
        _labels.clear()


def counted() -> dict[str, float]:
    """What was counted since `begin`: milliseconds of stages, and what `note` was told."""
    with _lock:
        return dict(_counted)


def add(name: str, value: float) -> None:
    """Count more of something."""
    with _lock:
        _counted[name] = _counted.get(name, 0.0) + value


def note(name: str, value: float) -> None:
    """Remember the latest of something."""
    with _lock:
        _counted[name] = value


def label(name: str, value: str) -> None:
    """Remember a word about the call: who asks, or which model answered."""
    with _lock:
        _labels[name] = value


def labels() -> dict[str, str]:
    """What `label` was told since `begin`."""
    with _lock:
        return dict(_labels)


def timed(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator: the time that a function takes belongs to this stage, also where it raises."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def measured(*arguments: P.args, **named: P.kwargs) -> R:
            began, started = time.time(), time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                taken = time.perf_counter() - started
                add(name, 1000 * taken)
                _trace(name, began, began + taken)

        return measured

    return decorate


def _trace(name: str, began: float, ended: float) -> None:
    """Tell X-Ray of a stage, where Lambda traces this call."""
    daemon = os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")
    header = dict(part.split("=", 1) for part in os.environ.get("_X_AMZN_TRACE_ID", "").split(";") if "=" in part)
    if not daemon or header.get("Sampled") != "1" or not header.keys() >= {"Root", "Parent"}:
        return
    segment: dict[str, Any] = {
        "name": name,
        "id": secrets.token_hex(8),
        "trace_id": header["Root"],
        "parent_id": header["Parent"],
        "type": "subsegment",
        "start_time": began,
        "end_time": ended,
    }
    host, _colon, port = daemon.rpartition(":")
    try:
        _send(b'{"format": "json", "version": 1}\n' + json.dumps(segment).encode(), (host, int(port)))
    except OSError:
        return  # a trace without a stage is better than a call without an answer


def _send(datagram: bytes, address: tuple[str, int]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(datagram, address)
