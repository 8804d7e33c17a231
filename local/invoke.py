"""One invocation of one function, as `sam local invoke` does it."""

import json
import sys
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from cli.signing import signature_parameters, signed_headers
from local import stack
from local.cloud.client import CloudProcess
from local.first_client import Client, ensure_client
from local.functions.runtime import REQUEST_LIMIT, Answer, ExecutionEnvironment
from local.stack import StackError
from local.template.read import read_template


def invoke(
    function: str, event: Any, state: Path, template_file: Path, parameters: Mapping[str, str], sign: bool
) -> Answer:
    """The function's answer; its log goes to standard error. Uses the stack that runs with this state folder, else
    starts what the function needs. Raises StackError, TemplateError, CloudError.
    """
    wanted = read_template(template_file, parameters)
    if function not in wanted.functions:
        raise StackError(f"{template_file} has no function {function}; it has {', '.join(sorted(wanted.functions))}")
    with ExitStack() as running:
        if claim := running.enter_context(stack.claim(state)):
            cloud = CloudProcess(wanted, state, stack.log_file(state, "aws"), claim)
            running.callback(cloud.stop)
            cloud.wait_until_ready()
            endpoint = cloud.endpoint
        else:
            endpoint = _running_endpoint(state)
        if sign:
            client = ensure_client(wanted, state, endpoint)
            if client is None:
                raise StackError(f"{function} cannot be called with a signature: no function has a VISAGE_CLIENT_PATH")
            event = signed(event, client)
        payload = json.dumps(event, ensure_ascii=False).encode()
        if len(payload) > REQUEST_LIMIT:
            raise StackError(f"the event has {len(payload):,} bytes; Lambda takes {REQUEST_LIMIT:,}")
        log = Path(running.enter_context(tempfile.NamedTemporaryFile(suffix=".log")).name)
        environment = stack.handler_environment(wanted.functions[function], wanted, endpoint)
        handler = ExecutionEnvironment(wanted.functions[function], environment, log)
        running.callback(handler.stop)
        answer = handler.invoke(payload)
        sys.stderr.write(log.read_text(errors="replace"))
        return answer


def _running_endpoint(state: Path) -> str:
    try:
        return json.loads((state / "stack.json").read_text())["endpoint"]
    except FileNotFoundError:
        raise StackError(f"the state folder {state} is in use by a starting stack or another invocation") from None


def signed(event: Any, client: Client) -> dict[str, Any]:
    """The API Gateway event of a request, signed anew and now as this client: a signature lives 15 minutes.

    Raises StackError for another event.
    """
    if not isinstance(event, dict) or "httpMethod" not in event:
        raise StackError("the event is no request of API Gateway, which alone can be signed: leave out --sign")
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
