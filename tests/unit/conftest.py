"""Fixtures of the unit tests."""

import io

import pytest

from tests.support.faces import models, portraits
from visage import table
from visage.access.clients import clients
from visage.api import operation
from visage.gallery.persons.store import Library

__all__ = ["models", "portraits"]


@pytest.fixture
def client(deployment):
    """A client that may call everything."""
    return clients().create("tests")


@pytest.fixture
def log(monkeypatch):
    """What the functions log, from now on."""
    text = io.StringIO()
    monkeypatch.setattr(operation.logger.registered_handler, "stream", text)
    return text


@pytest.fixture
def library():
    """An empty library of the deployment."""
    return Library("acme")


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between retries, in seconds, recorded instead of waited for."""
    taken = []
    monkeypatch.setattr(table.time, "sleep", taken.append)
    return taken
