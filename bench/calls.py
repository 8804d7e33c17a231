"""Calls of the Green APIs with the official client."""

import json
from importlib import import_module
from typing import Any

from aliyunsdkcore.client import AcsClient

from local.stack import Stack


def green(client: AcsClient, stack: Stack, action: str, body: Any) -> Any:
    """Call an action and return the response's data; asserts success."""
    request = getattr(import_module(f"aliyunsdkgreen.request.v20180509.{action}Request"), f"{action}Request")()
    request.set_endpoint(stack.url)
    request.set_accept_format("JSON")
    request.set_content(json.dumps(body))
    answer = json.loads(client.do_action_with_exception(request))
    assert answer["code"] == 200, answer
    return answer["data"]
