"""Makes calls of AWS in memory quicker: what is the same for each is computed once, and DynamoDB is asked without HTTP.

Many tests spend most of their time between such a call and its answer.
"""

import os
from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import botocore
from botocore.awsrequest import HeadersDict
from botocore.config import Config
from botocore.model import OperationModel
from botocore.parsers import ResponseParser, create_parser
from botocore.session import get_session
from moto.core import DEFAULT_ACCOUNT_ID, models, responses
from moto.core.base_backend import BaseBackend
from moto.core.botocore_stubber import backend_index
from moto.core.serialize import AttributePicker, AttributePickerContext, XFormedAttributePicker
from moto.dynamodb.parsing.ast_nodes import DepthFirstTraverser
from moto.dynamodb.responses import DynamoHandler

from tests.support.dynamodb import ENDPOINT


@cache
def session() -> boto3.Session:
    """The session of all clients in this process: a new one would read the descriptions of the services again."""
    made = get_session()
    made.set_default_client_config(Config(user_agent="tests"))  # botocore's own is put together for each request
    if ENDPOINT not in os.environ:
        made.register("before-call.dynamodb", _answer)
        made.register("choose-signer.sqs", lambda **_: botocore.UNSIGNED)
    return boto3.Session(botocore_session=made)


def _answer(model: OperationModel, params: dict[str, Any], context: dict[str, Any], **_more: Any) -> Any:
    """The response to a request of DynamoDB and what it says, without HTTP between boto3 and moto."""
    if not models.botocore_stubber.enabled:
        return None  # outside of a deployment, a call goes its usual way, and fails for lack of a socket
    handler = DynamoHandler()
    handler.headers, handler.querystring, handler.uri_match = params["headers"], {}, {}
    handler.response_headers = {}
    handler.region, handler.current_account = context["client_region"], DEFAULT_ACCOUNT_ID
    handler.parse_parameters(
        SimpleNamespace(
            method="POST", path="/", values={}, headers=params["headers"], data=params["body"],
            content_type=params["headers"]["Content-Type"],
        )
    )  # fmt: skip
    status, headers, body = handler.call_action()
    response = {"status_code": int(status), "headers": HeadersDict(headers), "body": body.encode()}
    parsed = _parser().parse(response, model.output_shape)
    if error := parsed.get("Error"):
        # As botocore does: some errors have fields of their own.
        parsed |= _parser().parse(response, model.service_model.shape_for_error_code(error["Code"]))
    return SimpleNamespace(status_code=int(status)), parsed


@cache
def _parser() -> ResponseParser:
    return create_parser("json")


@cache
def speed_up_moto() -> None:
    """Patch moto in this process; a second call does nothing.

    Nor does moto answer the library `requests` from now on, for which it would prepare 1,288 patterns at each start:
    nothing here calls AWS by it.
    """
    models.RESPONSES_METHODS.clear()
    _compute_patterns_once()
    _find_the_busiest_first()
    _name_attributes_once()
    responses.method_names_from_class = cache(responses.method_names_from_class)
    responses.camelcase_to_underscores = cache(responses.camelcase_to_underscores)
    DepthFirstTraverser.nodes_to_be_processed = _nodes_to_be_processed


def _compute_patterns_once() -> None:
    patterns: dict[type, dict[str, Any]] = {}
    compute = BaseBackend.urls.fget

    def urls(backend: BaseBackend) -> dict[str, Any]:
        if type(backend) not in patterns:
            patterns[type(backend)] = compute(backend)
        return patterns[type(backend)]

    BaseBackend.urls = property(urls)


def _find_the_busiest_first() -> None:
    """Of 200 patterns of addresses, moto tries one after the other. No other service has an address of these two."""
    backend_index.backend_url_patterns.sort(key=lambda entry: entry[0] not in ("dynamodb", "sqs"))


def _name_attributes_once() -> None:
    """A field of an answer may have several names in moto's objects; those depend on their class."""
    compute = XFormedAttributePicker.get_possible_keys
    known: dict[Any, list[str]] = {}

    def possible_keys(picker: AttributePicker, context: AttributePickerContext) -> list[str] | Iterator[str]:
        if hasattr(context.obj, "Meta"):
            return compute(picker, context)
        place = context.key, context.shape, type(context.obj)
        if place not in known:
            known[place] = list(dict.fromkeys(compute(picker, context)))
        return known[place]

    XFormedAttributePicker.get_possible_keys = possible_keys


_nodes: dict[type, tuple[type, ...]] = {}


def _nodes_to_be_processed(traverser: DepthFirstTraverser) -> tuple[type, ...]:
    if type(traverser) not in _nodes:
        _nodes[type(traverser)] = tuple(traverser._processing_map())
    return _nodes[type(traverser)]
