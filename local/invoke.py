"""Invokes one function once, like `sam local invoke`."""

import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cli.deployment.signing import signature_parameters, signed_headers
from local import stack
from local.cloud.client import CloudProcess
from local.first_client import Client, ensure_client
from local.functions.runtime import REQUEST_LIMIT, Answer, ExecutionEnvironment
from local.stack import StackError
from local.template.read import read_template


def invoke(
    function: str, event: Any, state: Path, template_file: Path, parameters: Mapping[str, str], sign: bool
) -> Answer:
    """Invoke the function and return its response; its log goes to standard error.

    Uses the stack that runs with this state folder, or else starts what the function needs. Raises StackError,
    TemplateError, CloudError.
    """
    template = read_template(template_file, parameters)
    if function not in template.functions:
        raise StackError(f"{template_file} has no function {function}; it has {', '.join(sorted(template.functions))}")
    with ExitStack() as cleanup:
        if claim := cleanup.enter_context(stack.claim(state)):
            cloud = CloudProcess(template, state, stack.log_file(state, "aws"), claim)
            cleanup.callback(cloud.stop)
            cloud.wait_until_ready()
            endpoint = cloud.endpoint
        else:
            endpoint = _running_endpoint(state)
        if sign:
            client = ensure_client(template, state, endpoint)
            if client is None:
                raise StackError(f"{function} cannot be called with a signature: no function has a VISAGE_CLIENT_PATH")
            event = signed(event, client)
        payload = json.dumps(event, ensure_ascii=False).encode()
        if len(payload) > REQUEST_LIMIT:
            raise StackError(f"the event has {len(payload):,} bytes; Lambda takes {REQUEST_LIMIT:,}")
        log = Path(cleanup.enter_context(tempfile.NamedTemporaryFile(suffix=".log")).name)
        environment = stack.handler_environment(template.functions[function], template, endpoint)
        handler = ExecutionEnvironment(template.functions[function], environment, log)
        cleanup.callback(handler.stop)
        answer = handler.invoke(payload)
        sys.stderr.write(log.read_text(errors="replace"))
        return answer


def _running_endpoint(state: Path) -> str:
    try:
        return json.loads((state / "stack.json").read_text())["endpoint"]
    except FileNotFoundError:
        raise StackError(f"the state folder {state} is in use by a starting stack or another invocation") from None


def signed(event: Any, client: Client) -> dict[str, Any]:
    """Sign an API Gateway event anew as this client, because a signature is valid for 15 minutes only.

    Raises StackError for any other kind of event.
    """
    if not isinstance(event, dict) or "httpMethod" not in event:
        raise StackError("only an API Gateway event can be signed, and this is none: leave out --sign")
    if event.get("path", "/") == "/":
        return _signed_rpc(event, client)
    headers = signed_headers(event, client.id, client.secret)
    return {**event, "headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}


def _signed_rpc(event: Mapping[str, Any], client: Client) -> dict[str, Any]:
    several = event.get("multiValueQueryStringParameters") or {}
    single = {name: [value] for name, value in (event.get("queryStringParameters") or {}).items()}
    query = [(name, value) for name, values in (several or single).items() for value in values]
    form = parse_qsl(event.get("body") or "", keep_blank_values=True)
    in_form = any(name == "AccessKeyId" for name, _value in form)
    stale = {"AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce", "Timestamp", "Signature"}
    query = [pair for pair in query if pair[0] not in stale]
    form = [pair for pair in form if pair[0] not in stale]
    carrier = form if in_form else query
    carrier += signature_parameters(event["httpMethod"], [*query, *form], client.id, client.secret).items()
    return {
        **event,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": {name: [v for n, v in query if n == name] for name, _ in query} or None,
        "body": urlencode(form) or None,
    }
