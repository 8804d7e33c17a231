"""The Lambda Runtime API, and an execution environment: one process of the real `awslambdaric` with one handler.

Protocol: "Using the Lambda runtime API for custom runtimes" in the AWS Lambda developer guide.
"""

import json
import queue
import re
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from local.functions.processes import SpawnHandler, spawn_handler
from local.server import LocalServer
from local.template.intrinsics import ACCOUNT, REGION
from local.template.model import Function

REQUEST_LIMIT = 6 * 2**20
"""Maximum bytes of an event."""
RESPONSE_LIMIT = 6 * 2**20 + 100
"""Maximum bytes of a response; Lambda is known to accept a hundred more than the documented 6 MB."""

_INIT_SECONDS = 30.0
"""Seconds within which a process must import its handler. Lambda allows 10; a laptop may be busy."""
_WATCH_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Answer:
    payload: bytes
    """JSON: the handler's return value, or `errorMessage` and `errorType`."""
    failed: bool


class EnvironmentLostError(Exception):
    """The process exited before it received the event, so another one may take it."""


class ExecutionEnvironment:
    """One handler process, which runs one invocation at a time.

    Its memory is monitored, not limited up front: a limit on address space would count what libraries reserve and never
    touch, while Lambda counts resident memory and kills the process when it exceeds the limit.
    """

    def __init__(
        self, function: Function, environment: Mapping[str, str], log: Path, spawn: SpawnHandler = spawn_handler
    ) -> None:
        self._function = function
        self._events: queue.SimpleQueue[tuple[str, bytes, float] | None] = queue.SimpleQueue()
        self._messages: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._delivered = False
        self._ready = False
        self.alive = True
        self._api = _RuntimeApi(self)
        host, port = self._api.server_address[:2]
        with log.open("ab") as output:
            self._process = spawn(
                function.handler,
                environment={**environment, **_lambda_variables(function), "AWS_LAMBDA_RUNTIME_API": f"{host}:{port}"},
                cwd=function.code,
                log=output,
                ended=lambda status: self._messages.put(("exit", status)),
            )
        threading.Thread(target=self._api.serve_forever, args=(0.05,), daemon=True).start()

    def start(self) -> Answer | None:
        """Wait until the handler is imported; returns the failure if it is not."""
        if self._ready:
            return None
        kind, content = self._await(time.monotonic() + _INIT_SECONDS)
        if kind == "next":
            self._ready = True
            return None
        self.stop()
        match kind:
            case "error":
                return Answer(content, failed=True)
            case "exit":
                return _failure("Runtime.ExitError", f"Runtime exited with status {content} before it had the handler")
        return _failure("Sandbox.Timedout", f"The handler was not imported within {_INIT_SECONDS:.0f} seconds")

    def invoke(self, payload: bytes) -> Answer:
        """Run one invocation. Raises EnvironmentLostError when the process exited before it received the event."""
        if failure := self.start():
            return failure
        if self._process.poll() is not None:  # it exited while idle
            self.stop()
            raise EnvironmentLostError
        request, seconds = str(uuid.uuid4()), self._function.timeout
        self._delivered = False
        self._events.put((request, payload, time.time() + seconds))
        kind, content = self._await(time.monotonic() + seconds)
        if kind in ("response", "error") and self._oversized():
            kind = "memory"
        if kind == "response":
            return Answer(content, failed=False)
        if kind == "error":
            return Answer(content, failed=True)
        self.stop()
        error = f"RequestId: {request} Error:"
        match kind:
            case "exit" if not self._delivered:
                raise EnvironmentLostError
            case "exit":
                return _failure("Runtime.ExitError", f"{error} Runtime exited with status {content}")
            case "memory":
                return _failure("Runtime.OutOfMemory", f"{error} More than {self._function.memory} MB of memory used")
        return _failure("Sandbox.Timedout", f"{error} Task timed out after {seconds:.2f} seconds")

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Kill the process."""
        self.alive = False
        self._process.kill()
        self._events.put(None)
        self._api.shutdown()
        self._api.server_close()

    def _await(self, deadline: float) -> tuple[str, Any]:
        """The process's next message; `timeout` at the deadline, `memory` when it exceeded its memory."""
        while (left := deadline - time.monotonic()) > 0:
            try:
                kind, content = self._messages.get(timeout=min(left, _WATCH_SECONDS))
            except queue.Empty:
                if self._oversized():
                    return "memory", None
                continue
            if kind != "next" or not self._ready:
                return kind, content
        return "timeout", None

    def _oversized(self) -> bool:
        """Whether the process's peak resident memory exceeds its function's memory (Linux)."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return False
        peak = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
        return bool(peak) and int(peak[1]) > self._function.memory * 1024

    # -- called by the Runtime API -----------------------------------------------------------------------------------

    def next_event(self) -> tuple[str, bytes, float] | None:
        self._messages.put(("next", None))
        event = self._events.get()
        self._delivered = True
        return event

    def report(self, kind: str, payload: bytes) -> None:
        self._messages.put((kind, payload))


class _RuntimeApi(LocalServer):
    def __init__(self, owner: ExecutionEnvironment) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeRequest)
        self.owner = owner


class _RuntimeRequest(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _RuntimeApi

    def do_GET(self) -> None:
        event = self.server.owner.next_event()
        if event is None:
            self.close_connection = True
            return
        request, payload, deadline = event
        self._answer(200, payload, {
            "Lambda-Runtime-Aws-Request-Id": request,
            "Lambda-Runtime-Deadline-Ms": str(int(deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": function_arn(self.server.owner._function),
            "Lambda-Runtime-Trace-Id": f"Root={trace_id()};Sampled=0",
        })

    def do_POST(self) -> None:
        payload = self._body()
        kind = "response" if self.path.endswith("/response") else "error"
        if len(payload) > RESPONSE_LIMIT:
            message = f"Response payload size ({len(payload)} bytes) exceeded maximum allowed payload size"
            self.server.owner.report("error", _failure("Function.ResponseSizeTooLarge", message).payload)
            self._answer(413, b"{}", {})
            return
        self.server.owner.report(kind, payload)
        self._answer(202, b'{"status":"OK"}', {})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response_only(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def trace_id() -> str:
    """A new X-Ray trace id: version, time in hex, 24 random digits."""
    return f"1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"


def function_arn(function: Function) -> str:
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function.name}"


def _failure(kind: str, message: str) -> Answer:
    return Answer(json.dumps({"errorType": kind, "errorMessage": message}).encode(), failed=True)


def _lambda_variables(function: Function) -> dict[str, str]:
    paths = [function.code, *(layer / "python" for layer in function.layers if (layer / "python").is_dir())]
    return {
        "PYTHONPATH": ":".join(map(str, paths)),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "LAMBDA_TASK_ROOT": str(function.code),
        "LAMBDA_RUNTIME_DIR": str(function.code),
        "TZ": ":UTC",
    }
