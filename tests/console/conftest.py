"""One stack and one browser for all tests of the console."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console import bundle
from demo.portraits import portraits
from local.stack import Stack, serve
from modelkit.errors import BuildError
from tests.console import filming
from tests.console.browsing import Open, axe, browser_file
from tests.console.enrolling import enrol

PARAMETERS = {"PrivateAddresses": "127.0.0.1", "LivenessActions": "2"}
"""Callbacks may go to this machine; sessions of liveness are short."""


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
def camera_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the browser's camera plays; beside it the films `acted.y4m` and `held.y4m`, to be put there."""
    file = tmp_path_factory.mktemp("camera") / "camera.y4m"
    person = filming.actor(portraits() / "obama.jpg")
    filming.film(filming.acted(person, filming.ACTED), file.with_name("acted.y4m"))
    filming.film(filming.held(person), file.with_name("held.y4m"))
    filming.film(filming.held(person), file)
    return file


@pytest.fixture(scope="package")
def rules() -> str:
    return axe()


@pytest.fixture(scope="package")
def browser(camera_film: Path) -> Iterator[Any]:
    """Chromium, driven by playwright. Skips where either is missing."""
    if "CONSOLE_IN_BROWSER" not in os.environ:
        pytest.skip("the console is driven in a browser by `make test-console`")
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run `make test-console`")
    file = browser_file()
    if file is None:
        pytest.skip("no Chromium is installed: apt-get install chromium, and the console is tested in it")
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    camera.append(f"--use-file-for-fake-video-capture={camera_film}")
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=file, args=camera)
        yield started
        started.close()


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
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda message: note(message.text) if message.type in ("error", "warning") else None)
        page.goto(f"{stack.url}/console/#/{tab}")
        return page

    open_page.complaints = complaints
    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
