"""Calls of interactive liveness, in process."""

import json
from importlib import import_module

from tests.support.events import green_event
from visage.liveness.actions import Action

ACTIONS = (Action.BLINK, Action.SHAKE)
"""What sessions of tests ask for."""


def ask(function, client, body):
    """The response's code and data, or its message."""
    response = import_module(f"{function}.app").handler(green_event(client, "/green/face/liveness", body), None)
    answer = json.loads(response["body"])
    return answer["code"], answer.get("data", answer["msg"])


def begin(client):
    code, data = ask("create_liveness_session", client, {})
    assert code == 200
    return data
