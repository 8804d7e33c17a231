"""Every captured request of a Green client, byte for byte over HTTP through the gateway."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.client import HTTPResponse
from importlib import import_module
from threading import Thread
from types import SimpleNamespace

import pytest

from local.functions.runtime import Answer
from local.gateway.gateway import Gateway
from local.stack import TEMPLATE
from local.template.model import Route
from local.template.read import read_template
from tests.support import captured
from visage.access.clients import Client, Secret, clients
from visage.api.operation import green_operation
from visage.api.security import admission
from visage.gallery.persons.store import Library
from visage.settings import settings

NAMES = [name for name in captured.names() if captured.read(name).path != "/"]
PERSONS = [
    *("green_AddPerson", "green_AddPerson_clientInfo", "green_SetPerson", "green_GetPerson", "green_DeletePerson"),
    *("green_AddGroups", "green_DeleteGroups", "green_GetPersons"),
    *("green_GetGroups", "green_GetGroups_nobody", "green_GetGroups_do_action_noformat"),
]

TASKS = {
    "green_ImageAsyncScan_liveness": ("ScanImageAsyncFunction", 200),
    "green_ImageAsyncScanResults": ("GetScanResultsFunction", 404),
}
"""The function that is reached, and the code of its only entry."""

Handler = Callable[[dict, None], dict]


@pytest.fixture(autouse=True)
def captured_clients(queues):
    for key_id, secret in captured.SECRETS.items():
        token = captured.TOKEN if key_id.startswith("STS.") else None
        clients()._write(Client(key_id, "captured", (Secret(secret),), token=token))


@pytest.fixture
def then(request, monkeypatch):
    """Set the edge's clock to a second after the request was signed."""
    signed_at = captured.claim(captured.read(request.node.callspec.params["name"])).time
    monkeypatch.setattr(admission, "time", SimpleNamespace(time=lambda: signed_at.timestamp() + 1))


@contextmanager
def gateway(routes: tuple[Route, ...] | None, handler_of: Callable[[str], Handler]) -> Iterator[int]:
    """The template's API, on a port of its own, with handlers in this process."""
    api = read_template(TEMPLATE).api

    def invoke(function: str, payload: bytes) -> Answer:
        return Answer(json.dumps(handler_of(function)(json.loads(payload), None)).encode(), failed=False)

    serving = Gateway(api if routes is None else replace(api, routes=routes), 0, invoke)
    thread = Thread(target=serving.serve_forever, args=(0.05,))
    thread.start()
    yield serving.server_address[1]
    serving.stop()
    thread.join()


def send(port: int, name: str) -> tuple[int, dict]:
    """Status and body of the answer to the request as it was captured."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall((captured.FOLDER / f"{name}.http").read_bytes())
        response = HTTPResponse(connection)
        response.begin()
        return response.status, json.loads(response.read())


def handler_for(function: str) -> Handler:
    """What the template names as the function's handler."""
    module, _, attribute = read_template(TEMPLATE).functions[function].handler.rpartition(".")
    return getattr(import_module(module), attribute)


def test_there_are_25_of_them():
    assert len(NAMES) == 25


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_the_edge_with_its_body_whole(name, then):
    sent = captured.read(name).body
    kind = type(json.loads(sent or b"{}"))
    echo = green_operation("Echo", body=kind)(lambda call: call.body)
    with gateway((Route("/green/{operation+}", "POST", "Echo", 10),), lambda _function: echo) as port:
        status, answer = send(port, name)
    assert (status, answer.get("data")) == (200, json.loads(sent or b"{}")), answer


@pytest.mark.parametrize("name", PERSONS)
def test_it_reaches_its_operation_and_succeeds(name, then):
    request, called = captured.read(name), []
    client = clients().find("LTAItestAccessKeyId")
    if request.header("x-acs-action") != "AddPerson":
        Library(client.own_library).add_person("person1", ["group1", "group2"])

    def handler_of(function: str) -> Handler:
        called.append(function)
        return handler_for(function)

    with gateway(None, handler_of) as port:
        status, answer = send(port, name)
    assert (status, answer["code"]) == (200, 200), answer
    assert called == [f"{request.header('x-acs-action')}Function"]


@pytest.mark.parametrize("name", TASKS)
def test_its_tasks_are_accepted_or_polled(name, then, monkeypatch):
    monkeypatch.setenv("VISAGE_PRIVATE_ADDRESSES", "127.0.0.1")  # the captured callback's address
    settings.cache_clear()
    called = []
    with gateway(None, lambda function: called.append(function) or handler_for(function)) as port:
        status, answer = send(port, name)
    assert (status, answer["code"]) == (200, 200), answer
    function, code = TASKS[name]
    assert called == [function]
    (entry,) = answer["data"]
    assert entry["code"] == code and entry["taskId"].startswith("img")
    if code == 200:
        assert (entry["dataId"], entry["url"]) == ("d1", "http://example.com/a.jpg")
