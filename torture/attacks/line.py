"""The line between a function and AWS: each request on it can be refused, lost, cut off or delayed.

It lies below botocore, so that botocore's own retries, timeouts and readings of errors take part.
"""

import copy
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from botocore.awsrequest import AWSResponse
from botocore.endpoint import Endpoint
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse
from urllib3.exceptions import ProtocolError

KINDS = {
    "throttles once": "AWS throttles a request once",
    "throttles": "AWS throttles a request, and its repetition",
    "fails": "AWS answers 500, twice, and has done nothing",
    "fails late": "AWS answers 500, twice, and has done it both times",
    "is not reached": "AWS is not reached, twice",
    "answer lost": "AWS has done it and its answer is lost; botocore asks again",
    "answers lost": "AWS has done it twice and both answers are lost",
    "overtaken": "a request is overtaken by its own repetition, and carried out after it",
    "overtaken by all": "a request is lost, and carried out when the whole call is over",
    "cut off": "AWS's answer breaks off",
    "late": "AWS answers just before botocore gives it up",
}
"""By kind, what happens to one call of AWS."""
_EACH_TIME = {"throttles", "fails", "fails late", "is not reached", "answers lost", "cut off"}
"""Kinds that befall the repetition as well."""
_LATE = 1.9
"""Seconds that a late answer takes, by the clock of who waits for it."""

Answer = tuple[Any, Exception | None]


class Line:
    """Lets the call of AWS with this number, from 0, go wrong in one way. Safe to call from several threads."""

    def __init__(self, number: int | None = None, kind: str = "") -> None:
        self._number, self._kind = number, kind
        self._victim = ""
        self._late: list[Callable[[], Answer]] = []
        self._lock = threading.Lock()
        self.made = 0
        """Requests."""
        self.service, self.operation = "", ""
        """What was hit."""
        self._passed = 0.0

    @contextmanager
    def between(self) -> Iterator["Line"]:
        """Within the block, all requests go this way. What is late arrives when it ends."""
        send, now, monotonic = Endpoint._do_get_response, time.time, time.monotonic

        def pass_on(endpoint: Endpoint, request: Any, model: Any, context: Any) -> Answer:
            return self._pass(send, endpoint, request, model, context)

        with (
            mock.patch.object(Endpoint, "_do_get_response", pass_on),
            mock.patch.object(time, "time", lambda: now() + self._passed),
            mock.patch.object(time, "monotonic", lambda: monotonic() + self._passed),
        ):
            yield self
        for arrive in self._late:
            arrive()

    def _pass(self, send: Any, endpoint: Endpoint, request: Any, model: Any, context: Any) -> Answer:
        call, again = context["retries"]["invocation-id"], False
        with self._lock:
            hit = self.made == self._number
            self.made += 1
            if hit:
                self._victim, self.operation = call, model.name
                self.service = model.service_model.service_name
            elif call == self._victim:
                again = True
        if hit or (again and self._kind in _EACH_TIME):
            return self._harm(send, endpoint, request, model, context)
        answer = send(endpoint, request, model, context)
        if again and self._kind == "overtaken":
            for arrive in self._late:
                arrive()
            self._late.clear()
        return answer

    def _harm(self, send: Any, endpoint: Endpoint, request: Any, model: Any, context: Any) -> Answer:
        timeout = ReadTimeoutError(endpoint_url=request.url)
        match self._kind:
            case "throttles once" | "throttles":
                return send(_answering(endpoint, _refusal(request, model, True)), request, model, context)
            case "fails":
                return send(_answering(endpoint, _refusal(request, model, False)), request, model, context)
            case "fails late":
                send(endpoint, request, model, context)
                return send(_answering(endpoint, _refusal(request, model, False)), request, model, context)
            case "is not reached":
                return None, EndpointConnectionError(endpoint_url=request.url)
            case "late":
                answer = send(endpoint, request, model, context)
                self._passed += _LATE
                return answer
            case "answer lost" | "answers lost":
                send(endpoint, request, model, context)
                return None, timeout
            case "overtaken" | "overtaken by all":
                self._late.append(lambda: _arrived(send, endpoint, request, model, context))
                return None, timeout
            case "cut off":
                answer, failure = send(endpoint, request, model, context)
                if failure is None and model.has_streaming_output and answer[0].status_code == 200:
                    answer[1]["Body"]._raw_stream = _Cut(answer[1]["Body"]._raw_stream.read())
                    return answer, None
                return None, failure or timeout
        raise ValueError(self._kind)


def _arrived(send: Any, endpoint: Endpoint, request: Any, model: Any, context: Any) -> Answer:
    """As it was sent: its body was read by its repetition, which shares it."""
    request.reset_stream()
    return send(endpoint, request, model, context)


class _Cut:
    """A body that breaks off in the middle."""

    def __init__(self, content: bytes) -> None:
        self._left = content[: len(content) // 2]

    def read(self, amount: int | None = None, **_options: Any) -> bytes:
        given, self._left = (self._left, b"") if amount is None else (self._left[:amount], self._left[amount:])
        if not given or amount is None:
            raise ProtocolError("cut off")
        return given

    def stream(self, amount: int) -> Iterator[bytes]:
        while True:
            yield self.read(amount)

    def close(self) -> None:
        pass


def _answering(endpoint: Endpoint, answer: AWSResponse) -> Endpoint:
    """An endpoint that sends nothing and gets this answer."""
    emitter = endpoint._event_emitter

    class Emitter:
        def emit(self, name: str, **options: Any) -> Any:
            return [(None, answer)] if name.startswith("before-send.") else emitter.emit(name, **options)

    deaf = copy.copy(endpoint)
    deaf._event_emitter = Emitter()
    return deaf


_THROTTLED = {
    "dynamodb": ("ThrottlingException", 400), "s3": ("SlowDown", 503), "sqs": ("RequestThrottled", 400),
    "ssm": ("ThrottlingException", 400), "sts": ("Throttling", 400), "s3vectors": ("TooManyRequestsException", 429),
}  # fmt: skip


def _refusal(request: Any, model: Any, throttled: bool) -> AWSResponse:
    """As the service words it."""
    service, protocol = model.service_model.endpoint_prefix, model.service_model.resolved_protocol
    service = {"streams.dynamodb": "dynamodb"}.get(service, service)
    code, status = _THROTTLED[service] if throttled else ("InternalServerError", 500)
    headers = {"x-amzn-RequestId": "torture"}
    match protocol:
        case "rest-xml":
            code = code if throttled else "InternalError"
            body = f"<Error><Code>{code}</Code><Message>m</Message></Error>"
        case "query":
            body = f"<ErrorResponse><Error><Code>{code}</Code><Message>m</Message></Error></ErrorResponse>"
        case _:
            headers["x-amzn-errortype"] = code
            body = json.dumps({"__type": f"com.amazonaws#{code}", "message": "m"})
    return AWSResponse(request.url, status, headers, MockRawResponse(body.encode()))
