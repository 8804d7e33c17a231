"""A client with two persons, and calls of operations in process."""

import json
from importlib import import_module

import pytest

from tests.support.events import green_event
from visage.access.clients import clients
from visage.gallery.persons.store import Library


@pytest.fixture
def client():
    return clients().create("tests")


@pytest.fixture
def library(client):
    library = Library(client.id)
    library.add_person("obama", ["office"], "Obama", "44th")
    library.add_person("biden", ["office", "party"], "Biden")
    return library


@pytest.fixture
def call(client, library):
    """Call an operation; return its data, or Green's code and message if it was refused."""

    def call(function, _client=client, _text=None, **body):
        event = green_event(_client, "/green/sface", body if _text is None else _text)
        response = import_module(f"{function}.app").handler(event, None)
        answer = json.loads(response["body"])
        return answer["data"] if answer["code"] == 200 else (answer["code"], answer["msg"])

    return call
