"""Who may use the console: a page of this machine that was opened from here, and nobody whom a web page sends."""

import secrets
import threading
import time
from http.cookies import CookieError, SimpleCookie

from local.gateway.events import HttpRequest

COOKIE = "visage_console"
SECONDS = 12 * 3600.0
"""How long a session lasts that nobody uses."""
_MOST = 64
"""Sessions at a time; the one unused for longest makes room."""
_LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


class Sessions:
    """The open sessions, in memory: a restart ends them all."""

    def __init__(self) -> None:
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    def open(self) -> str:
        """The Set-Cookie header of a new session."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._used) >= _MOST:
                del self._used[min(self._used, key=self._used.__getitem__)]
            self._used[token] = time.monotonic()
        return f"{COOKIE}={token}; Path=/console; HttpOnly; SameSite=Strict"

    def holds(self, request: HttpRequest) -> bool:
        """Whether the request comes with the cookie of an open session; it then lasts anew."""
        token, now = _token(request), time.monotonic()
        with self._lock:
            used = self._used.get(token)
            if used is None or now - used > SECONDS:
                self._used.pop(token, None)
                return False
            self._used[token] = now
            return True


def from_here(request: HttpRequest) -> bool:
    """Whether the request names this machine as its host: a name that leads here by DNS is somebody else's page."""
    host = (request.header("host") or "").lower()
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, port = host, "80"
    return name in _LOOPBACK and port.isdecimal()


def same_origin(request: HttpRequest) -> bool:
    """Whether a browser sent the request from a page of this very host and port."""
    origin, site = request.header("origin"), request.header("sec-fetch-site")
    return origin == f"http://{request.header('host')}" and site in (None, "same-origin")


def _token(request: HttpRequest) -> str:
    try:
        cookie = SimpleCookie(request.header("cookie") or "").get(COOKIE)
    except CookieError:
        return ""
    return cookie.value if cookie else ""
