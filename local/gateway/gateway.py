"""The REST API: an HTTP server that invokes functions for requests, with API Gateway's limits."""

import json
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from local.functions.complaints import complain, why
from local.functions.pool import PayloadTooLargeError, StoppedError, ThrottledError
from local.functions.runtime import Answer
from local.gateway import events, refusals
from local.gateway.events import HttpRequest, HttpResponse, MalformedAnswerError
from local.gateway.gate import Gate
from local.gateway.refusals import Refusal
from local.server import LocalServer
from local.template.model import Api, Throttle

PAYLOAD_LIMIT = 10 * 2**20
"""Maximum bytes of a request's body."""
HEADERS_LIMIT = 10_240
"""Maximum bytes of the request line and all headers together."""

_IDLE_SECONDS = 60.0
"""Seconds after which an idle connection is closed."""
_DRAIN_LIMIT = 64 * 2**20
"""Maximum bytes read and discarded of a body that is too large: clients read no response before they have sent it
all."""

Invoke = Callable[[str, bytes], Answer]


class Console(Protocol):
    """Answers the paths that are not part of the API."""

    def takes(self, path: str) -> bool: ...

    def answer(self, request: HttpRequest) -> HttpResponse: ...


class _Bucket:
    """The token bucket of one method setting."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._tokens = float(throttle.burst)
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def takes(self, path: str, method: str) -> bool:
        return self._throttle.path in ("/*", path) and self._throttle.method in ("*", method)

    def allows(self) -> bool:
        with self._lock:
            now = time.monotonic()
            earned = (now - self._at) * self._throttle.rate
            self._tokens, self._at = min(self._throttle.burst, self._tokens + earned), now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


class Gateway(LocalServer):
    """The server. Listens as soon as it is created; raises OSError when the port is in use."""

    def __init__(self, api: Api, port: int, invoke: Invoke) -> None:
        self._api = api
        self._invoke = invoke
        self._gate = Gate()
        self.console: Console | None = None
        self._buckets = [_Bucket(throttle) for throttle in api.throttles]
        # A function keeps running after the gateway stopped waiting for it, so it needs its own thread.
        self._workers = ThreadPoolExecutor(max_workers=512, thread_name_prefix="invocation")
        super().__init__(("127.0.0.1", port), _Connection)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Handle a request whose body is within the limit."""
        if self.console and self.console.takes(request.path):
            return self.console.answer(request)
        route = events.find_route(self._api, request)
        if route is None:
            return self.refuse(refusals.NO_SUCH_ROUTE, request)
        # Only the most specific setting applies, as in API Gateway.
        buckets = sorted((b for b in self._buckets if b.takes(route.path, route.method)), key=_is_default)
        if buckets and not buckets[0].allows():
            return self.refuse(refusals.THROTTLED, request)
        try:
            event = events.proxy_event(self._api, route, request)
        except ValueError:
            return self.refuse(refusals.BAD_REQUEST, request)
        payload = json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")
        running: Future[Answer] = self._workers.submit(self._call, route.function, payload)
        try:
            answer = running.result(route.timeout)
            if answer.failed:
                complain(route.function, why(answer), request.id)
                return self.refuse(refusals.MALFORMED_ANSWER, request)
            response = events.proxy_response(answer.payload)
            if response.status >= 500:
                complain(route.function, f"answered {response.status} {_code(response)}".rstrip(), request.id)
            return response
        except TimeoutError:
            running.cancel()
            complain(route.function, f"did not answer within {route.timeout:g} s", request.id)
            return self.refuse(refusals.INTEGRATION_TIMEOUT, request)
        except PayloadTooLargeError:
            return self.refuse(refusals.REQUEST_TOO_LARGE, request)
        except MalformedAnswerError as error:
            complain(route.function, f"malformed answer: {error}", request.id)
            return self.refuse(refusals.MALFORMED_ANSWER, request)
        except ThrottledError:
            return self.refuse(refusals.FUNCTION_THROTTLED, request)
        except StoppedError:
            return self.refuse(refusals.INTERNAL_ERROR, request)

    def _call(self, function: str, payload: bytes) -> Answer:
        with self._gate.passed():
            return self._invoke(function, payload)

    def refuse(self, refusal: Refusal, request: HttpRequest) -> HttpResponse:
        return refusals.respond(self._api, refusal, request)

    def stop(self) -> None:
        """Stop accepting connections. Call only while `serve_forever` runs or after it."""
        self.shutdown()
        self.server_close()
        self._workers.shutdown(wait=False, cancel_futures=True)


def _code(response: HttpResponse) -> str:
    """The error code in an answer of either dialect, in JSON or XML."""
    found = re.search(rb'"Code": ?"([\w.]+)"|<Code>([\w.]+)</Code>', response.body)
    return (found[1] or found[2]).decode() if found else ""


def _is_default(bucket: _Bucket) -> bool:
    return bucket._throttle.path == "/*"


class _BodyTooLargeError(Exception):
    """The body exceeds PAYLOAD_LIMIT bytes."""


class _Connection(BaseHTTPRequestHandler):
    """A client connection with any number of consecutive requests."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = True
    server: Gateway

    def handle_one_request(self) -> None:
        self._waiting_for_continue = False
        super().handle_one_request()

    def handle_expect_100(self) -> bool:
        # Sent only once it is known that the body may be sent.
        self._waiting_for_continue = True
        return True

    def _handle(self) -> None:
        path, _mark, query = self.path.partition("?")
        request = self._request(path, query, b"")
        size = len(self.requestline) + sum(len(name) + len(value) + 4 for name, value in self.headers.items())
        if size > HEADERS_LIMIT:
            self.close_connection = True
            self._send(self.server.refuse(refusals.HEADERS_TOO_LARGE, request))
            return
        try:
            body = self._read_body()
        except _BodyTooLargeError:
            self._send(self.server.refuse(refusals.REQUEST_TOO_LARGE, request))
            return
        except ValueError:
            self.close_connection = True
            self._send(self.server.refuse(refusals.BAD_REQUEST, request))
            return
        self._send(self.server.answer(self._request(path, query, body)))

    do_DELETE = do_GET = do_HEAD = do_OPTIONS = do_PATCH = do_POST = do_PUT = _handle

    def _request(self, path: str, query: str, body: bytes) -> HttpRequest:
        if not path.startswith("/"):  # the form that clients send to a proxy
            path = "/" + path.partition("://")[2].partition("/")[2]
        headers = [(name, str(value)) for name, value in self.headers.items()]
        return HttpRequest(self.command, path, query, headers, body, self.client_address[0])

    def _read_body(self) -> bytes:
        """Read the body. Raises _BodyTooLargeError, and ValueError when the length is invalid."""
        encoding, length = self.headers.get("Transfer-Encoding", ""), self.headers.get_all("Content-Length") or ["0"]
        if encoding and encoding.lower() != "chunked":
            raise ValueError(encoding)
        if not encoding and (len(set(length)) > 1 or not length[0].isdecimal()):
            raise ValueError("Content-Length")
        if not encoding and int(length[0]) > PAYLOAD_LIMIT:
            self._drain(int(length[0]))
            raise _BodyTooLargeError
        if self._waiting_for_continue:
            self.send_response_only(100)
            self.end_headers()
        return self._read_chunks() if encoding else self._read_exactly(int(length[0]))

    def _read_chunks(self) -> bytes:
        body, total = bytearray(), 0
        while size := self._chunk_size():
            total += size
            if total > _DRAIN_LIMIT:
                self.close_connection = True
                raise _BodyTooLargeError
            chunk = self._read_exactly(size + 2)
            if total <= PAYLOAD_LIMIT:
                body += chunk[:-2]
        while self.rfile.readline(HEADERS_LIMIT).strip():
            pass  # trailers
        if total > PAYLOAD_LIMIT:
            raise _BodyTooLargeError
        return bytes(body)

    def _chunk_size(self) -> int:
        text = self.rfile.readline(100).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", text):
            raise ValueError("chunk size")
        return int(text, 16)

    def _read_exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionResetError("the body ended early")
        return data

    def _drain(self, size: int) -> None:
        if self._waiting_for_continue:
            self.close_connection = True  # the client waits for permission to send
            return
        if size > _DRAIN_LIMIT:
            self.close_connection = True
        self.connection.settimeout(5)
        left = min(size, _DRAIN_LIMIT)
        try:
            while left > 0 and (part := self.rfile.read1(min(left, 2**16))):
                left -= len(part)
        except TimeoutError:
            self.close_connection = True
        self.connection.settimeout(self.timeout)

    def _send(self, response: HttpResponse) -> None:
        self.send_response_only(response.status)
        no_body = response.status in (204, 304) or response.status < 200
        for name, value in response.headers:
            self.send_header(name, value)
        if not no_body:
            self.send_header("Content-Length", str(len(response.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if not no_body and self.command != "HEAD":
            self.wfile.write(response.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the base class cannot parse."""
        self.close_connection = True
        self.request_version = "HTTP/1.1"  # send a status line whatever the request looked like
        refusal = refusals.HEADERS_TOO_LARGE if code in (414, 431) else refusals.BAD_REQUEST
        if code == 501:
            refusal = refusals.NO_SUCH_ROUTE  # no such method
        request = HttpRequest(self.command or "", "/", "", (), b"", self.client_address[0])
        self._send(self.server.refuse(refusal, request))

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: the request line contains the query, and with it keys and signatures."""
