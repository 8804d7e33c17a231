"""The decorators of operations, one per product, which keep the wire format out of their functions."""

import threading
import time
import traceback
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger

from visage import stages
from visage.access import trail
from visage.api.deadline import within
from visage.api.dialects.green import GreenCall, check_version, read_json
from visage.api.dialects.request import Request
from visage.api.dialects.responses import GreenReply, Reply, RpcReply
from visage.api.dialects.rpc import RpcCall, RpcRequest, wants_xml
from visage.api.security.admission import admit
from visage.api.security.signatures import read_roa_claim, read_rpc_claim
from visage.api.telemetry.metrics import metrics
from visage.api.telemetry.recording import record
from visage.errors import Reason, VisageError
from visage.settings import settings

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]
RpcFunction = Callable[[RpcCall], Mapping[str, Any]]
GreenFunction = Callable[[GreenCall], Any]

logger = Logger(service="visage")


def rpc_operation(
    action: str, *, methods: tuple[str, ...] = ("POST",), failure: Reason = Reason.INTERNAL, bare: bool = False
) -> Callable[[RpcFunction], Handler]:
    """Make a Lambda handler of a function, call → data, for one RPC action.

    Checks the request's form, then the signature, the permission and the method; the function checks the parameters,
    images and faces. A VisageError becomes its error response; any other exception of the function becomes `failure`,
    and any outside it Error.InternalError. The data of a `bare` action are the response itself, with the RequestId;
    other actions use an envelope with Data, Success and Code.
    """

    def read(request: Request) -> tuple[Reply, Callable[[], RpcCall]]:
        rpc_request = RpcRequest.read(request)

        def admitted() -> RpcCall:
            rpc_request.check_shape(action)
            client = admit(read_rpc_claim(request, rpc_request.parameters), action, request.id)
            _check_method(request, methods)
            return RpcCall(action, client, request.id, rpc_request.values, request.origin)

        return RpcReply(request, action, xml=wants_xml(rpc_request.values), bare=bare), admitted

    return lambda function: framed(function, action, read, failure)


def green_operation(
    action: str, *, writes: bool = False, body: type = dict, flat: bool = False
) -> Callable[[GreenFunction], Handler]:
    """Make a Lambda handler of a function, call → data, for one Green action with its own path.

    Checks the version, then the signature, the permission, the method, and that the body is JSON with a `body` at its
    top level; the function checks the fields. `writes` prevents replays of a request without a nonce. The data of a
    `flat` operation are repeated at the response's top level. A VisageError becomes its error response, any other
    exception Error.InternalError.
    """

    def read(request: Request) -> tuple[Reply, Callable[[], GreenCall]]:
        def admitted() -> GreenCall:
            check_version(request)
            claim = read_roa_claim(request)
            client = admit(claim, action, request.id, writes=writes)
            _check_method(request, ("POST",))
            content = read_json(request.body, body)
            return GreenCall(action, client, request.id, claim.nonce, content, request.origin)

        return GreenReply(request, flat), admitted

    return lambda function: framed(function, action, read, Reason.INTERNAL, writes=writes)


def framed(
    function: Callable[[Any], Any],
    action: str,
    read: Callable[[Request], tuple[Reply, Callable[[], Any]]],
    failure: Reason,
    *,
    writes: bool = False,
) -> Handler:
    """The handler of all dialects. `read` returns how to reply to a request, and a function that admits it.

    Every admitted call is recorded before its response, and one that `writes` also before it begins: what cannot be
    recorded is not done, or not answered. A call that runs out of time is answered with OUT_OF_TIME; its outcome is
    recorded when it ends, if Lambda lets it.
    """

    @wraps(function)
    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        started, late = time.perf_counter(), threading.Event()
        stages.begin()
        request = Request.from_event(event, settings().origin_secrets)
        reply, admitted = read(request)

        def log(outcome: str, message: str = "answered") -> None:
            milliseconds = round(1000 * (time.perf_counter() - started))
            told = {"operation": action, "outcome": outcome, "milliseconds": milliseconds, "request": request.id}
            logger.info(message, **told, **(metrics(outcome) if message == "answered" else {}))

        def work() -> dict[str, Any]:
            outcome, response = answer(request, reply, admitted)
            log(outcome, "ended unheard" if late.is_set() else "answered")
            return response

        def give_up() -> dict[str, Any]:
            late.set()
            logger.error("out of time", operation=action, request=request.id)
            log(Reason.OUT_OF_TIME.name)
            return reply.failure(VisageError(Reason.OUT_OF_TIME))

        return within(context, work, give_up)

    def answer(request: Request, reply: Reply, admitted: Callable[[], Any]) -> tuple[str, dict[str, Any]]:
        """The outcome's name, and the response."""
        outcome, fallback, call, data = trail.OK, Reason.INTERNAL, None, None
        try:
            if request.past_front_door:
                raise VisageError(Reason.PAST_FRONT_DOOR)
            call = admitted()
            stages.label("client", call.client.pseudonym)
            fallback = failure
            if writes:
                record(call, trail.BEGUN)
            data = function(call)
            response = reply.success(data)
        except VisageError as error:
            if error.reason is Reason.INTERNAL:
                logger.error("broken", detail=error.detail, request=request.id)
            outcome, response = error.reason.name, reply.failure(error, call)
        except Exception as error:  # log no traceback and no message, which may contain personal data
            logger.error("unexpected", kind=type(error).__name__, frames=frames(error), request=request.id)
            outcome, response = fallback.name, reply.failure(VisageError(fallback), call)
        if call is not None:
            try:
                record(call, outcome, data)
            except Exception as error:
                logger.error("not recorded", kind=type(error).__name__, frames=frames(error), request=request.id)
                outcome, response = Reason.INTERNAL.name, reply.failure(VisageError(Reason.INTERNAL), call)
        return outcome, response

    return handler


def _check_method(request: Request, methods: tuple[str, ...]) -> None:
    if request.method not in methods:
        raise VisageError(Reason.METHOD_NOT_ALLOWED)


def frames(error: Exception) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
