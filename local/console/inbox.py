"""Where callbacks of scans can be sent to, to see them arrive."""

import hashlib
import json
import secrets
import threading
import time
from collections import deque
from typing import Any
from urllib.parse import parse_qs

SEED = "console"
_MOST = 100
"""Callbacks that are kept; the oldest makes room."""


class Inbox:
    """Takes what is posted to its address, and notes whether it comes from who knows the client."""

    def __init__(self, uid: str) -> None:
        self._uid = uid
        self._token = secrets.token_urlsafe(16)
        self._taken: deque[dict[str, Any]] = deque(maxlen=_MOST)
        self._lock = threading.Lock()

    @property
    def path(self) -> str:
        return f"inbox/{self._token}"

    def take(self, body: bytes) -> bool:
        """Whether this was a callback. Its checksum is the SHA-256 of uid, seed and content."""
        form = parse_qs(body.decode(errors="replace"))
        content, checksum = form.get("content", [""])[0], form.get("checksum", [""])[0]
        try:
            entry = json.loads(content)
            noted = {"taskId": str(entry["taskId"]), "code": int(entry["code"])}
        except (KeyError, TypeError, ValueError):
            return False
        good = secrets.compare_digest(checksum, hashlib.sha256(f"{self._uid}{SEED}{content}".encode()).hexdigest())
        with self._lock:
            self._taken.append({**noted, "genuine": good, "at": time.time()})
        return True

    def taken(self) -> list[dict[str, Any]]:
        """Task, code, whether the checksum is right, and when (epoch seconds), the oldest first."""
        with self._lock:
            return list(self._taken)
