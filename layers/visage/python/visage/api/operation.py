"""The one decorator: what an operation's function is spared of the wire."""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from typing import Any

from aws_lambda_powertools import Logger

from visage.api.admission import admit
from visage.api.request import Request
from visage.api.responses import RpcReply
from visage.api.rpc import RpcCall, wants_xml
from visage.api.signatures import read_rpc_claim
from visage.errors import Reason, VisageError

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]
Function = Callable[[Mapping[str, str]], Mapping[str, Any]]

logger = Logger(service="visage")


def rpc_operation(
    action: str, *, methods: tuple[str, ...] = ("POST",), failure: Reason = Reason.INTERNAL
) -> Callable[[Function], Handler]:
    """Make a Lambda handler of a function, parameters → data, that answers one RPC action.

    The request's shape is checked first, then the signature, the permission and the method; the function goes on with
    the parameters, images and faces. A VisageError becomes its response; anything else that the function raises
    becomes `failure`, and what is raised around it Error.InternalError.
    """

    def decorate(function: Function) -> Handler:
        @wraps(function)
        def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
            started = time.perf_counter()
            request = Request.from_event(event)
            reply = RpcReply(request, xml=wants_xml(dict(request.query)))
            outcome, fallback = "OK", Reason.INTERNAL
            try:
                call = RpcCall.read(request)
                reply = replace(reply, xml=wants_xml(call.values))
                call.check_shape(action)
                admit(read_rpc_claim(request, call.parameters), action, request.id)
                if request.method not in methods:
                    raise VisageError(Reason.METHOD_NOT_ALLOWED)
                fallback = failure
                response = reply.success(action, function(call.values))
            except VisageError as error:
                if error.reason is Reason.INTERNAL:
                    logger.error("broken", detail=error.detail)
                outcome, response = error.reason.name, reply.failure(error)
            except Exception as error:  # the edge: no traceback leaves, and no message that could hold personal data
                logger.error("unexpected", kind=type(error).__name__, frames=_frames(error))
                outcome, response = fallback.name, reply.failure(VisageError(fallback))
            milliseconds = round(1000 * (time.perf_counter() - started))
            logger.info("answered", operation=action, outcome=outcome, milliseconds=milliseconds, request=request.id)
            return response

        return handler

    return decorate


def _frames(error: Exception) -> list[str]:
    return [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
