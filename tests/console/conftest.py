"""One stack and one browser for all tests of the console."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from console import bundle
from demo.portraits import portraits
from local.stack import Stack, serve
from modelkit.errors import BuildError
from tests.console import filming
from tests.console.browsing import PATIENCE, Open, axe
from tests.console.chromium import chromium
from tests.console.enrolling import enrol

PARAMETERS = {"PrivateAddresses": "127.0.0.1", "LivenessActions": "2", "OperatorKeys": "true"}
"""Callbacks may go to this machine; sessions of liveness are short; clients may be changed from afar."""


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    try:
        bundle.vendor()
    except BuildError as error:
        pytest.skip(str(error))
    with serve(state=tmp_path_factory.mktemp("state"), parameters=PARAMETERS) as running:
        enrol(running, portraits())
        yield running


@pytest.fixture(scope="package")
def photos() -> Path:
    """The folder of the demo's portraits."""
    return portraits()


@pytest.fixture(scope="package")
def rules() -> str:
    return axe()


@pytest.fixture(scope="package")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the browser's camera plays, once it is there."""
    return tmp_path_factory.mktemp("camera") / "camera.y4m"


@pytest.fixture(scope="package")
def browser(camera: Path) -> Iterator[Any]:
    """One browser for all tests. Skips where none can be had."""
    if "CONSOLE_IN_BROWSER" not in os.environ:
        pytest.skip("the console is driven in a browser by `make test-console`")
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run `make test-console`")
    with ExitStack() as cleanup:
        try:
            started = cleanup.enter_context(chromium(camera))
        except BuildError as error:
            pytest.skip(f"{error} With `apt-get install chromium` the console is tested in it.")
        yield started


@pytest.fixture(scope="package")
def films(camera: Path) -> Path:
    """The folder of the films `acted.y4m` and `held.y4m`: a person who does something, and a photo of them."""
    person = filming.actor(portraits() / "obama.jpg")
    filming.film(filming.acted(person, filming.ACTED), camera.with_name("acted.y4m"))
    filming.film(filming.held(person), camera.with_name("held.y4m"))
    return camera.parent


@pytest.fixture
def show(camera: Path, films: Path) -> Callable[[str], None]:
    """Have the camera play this film from its next start on."""

    def put(film: str) -> None:
        shutil.copy(films / film, new := camera.with_suffix(".new"))
        new.replace(camera)

    return put


@pytest.fixture
def opened(browser: Any, stack: Stack) -> Iterator[Open]:
    """Open the console in its own browser context; browser errors fail the test."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def note(text: str) -> None:
        if "Failed to load resource" not in text:  # an answer that is no 200: what the page makes of it is tested
            complaints.append(text)

    def open_page(tab: str = "compare", **options: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda message: note(message.text) if message.type in ("error", "warning") else None)
        page.goto(f"{stack.url}/console/#/{tab}")
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
