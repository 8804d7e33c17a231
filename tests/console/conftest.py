"""One stack and one browser for all tests of the console."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console import bundle
from demo.portraits import portraits
from local.stack import Stack, serve
from modelkit.errors import BuildError
from tests.console.browsing import Open, axe, browser_file

HERE = {"PrivateAddresses": "127.0.0.1"}
"""Callbacks may go to this machine."""


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    try:
        bundle.vendor()
    except BuildError as error:
        pytest.skip(str(error))
    with serve(state=tmp_path_factory.mktemp("state"), parameters=HERE) as running:
        yield running


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of the demo's portraits."""
    return portraits()


@pytest.fixture(scope="session")
def rules() -> str:
    return axe()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, driven by playwright. Skips where either is missing."""
    driver = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: run `make test`")
    file = browser_file()
    if file is None:
        pytest.skip("no Chromium is installed: apt-get install chromium, and the console is tested in it")
    camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with driver.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=file, args=camera)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, stack: Stack) -> Iterator[Open]:
    """Opens the console in a context of its own; what the browser complains about fails the test."""
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
