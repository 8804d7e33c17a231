"""A running stack, and images to send to it."""

import base64
import io
import json
import uuid
from collections.abc import Iterator

import numpy as np
import pytest
from PIL import Image

from cli.deployment.target import Target
from demo.portraits import portraits
from local.stack import Stack, serve
from tests.contract.drivers import build_early

_NEED_BUILDS = {"test_clients.py", "test_examples.py"}


@pytest.fixture(scope="package", autouse=True)
def early_builds(request: pytest.FixtureRequest) -> None:
    """Build other languages' programs beside the first tests, where some test needs them."""
    if _NEED_BUILDS & {item.path.name for item in request.session.items}:
        build_early()


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all tests of the folder, with unlimited calls and local image servers allowed."""
    parameters = {"ClientRate": "0", "LibraryRate": "0", "PrivateAddresses": "127.0.0.1"}
    with serve(port=0, state=tmp_path_factory.mktemp("state"), parameters=parameters) as running:
        yield running


@pytest.fixture
def keys(stack: Stack) -> tuple[str, str]:
    """A client with a library of its own."""
    store = Target("visage", json.loads((stack.state / "stack.json").read_text())).clients
    client = store.create(uuid.uuid4().hex)
    return client.id, client.secrets[0].value


@pytest.fixture(scope="package")
def images() -> dict[str, str]:
    """Image values by what they show."""
    folder = portraits()
    files = {"person": "obama.jpg", "same": "obama2.jpg", "other": "biden.jpg"}
    noise = io.BytesIO()
    Image.fromarray(np.random.default_rng(7).integers(0, 255, (240, 320, 3), np.uint8)).save(noise, "PNG")
    contents = {name: (folder / file).read_bytes() for name, file in files.items()} | {"nobody": noise.getvalue()}
    return {name: "base64://" + base64.b64encode(content).decode() for name, content in contents.items()}
