"""A browser for the console's tests, if one is installed."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.bundle import SOURCES
from modelkit import fetch

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Open = Callable[..., Any]
"""(tab, options of the browser's context) → the page, at this tab."""


def browser_file() -> str | None:
    """An installed Chromium."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def axe() -> str:
    """The source of axe-core, which finds accessibility problems."""
    (source,) = fetch.read(fetch.read_sources(SOURCES)["axe"], "package/axe.min.js")
    return source.decode()


def violations(page: Any, rules: str) -> list[str]:
    """What axe finds on the page: rule, and where it is broken."""
    page.evaluate(rules)
    found = page.evaluate("(tags) => axe.run({runOnly: {type: 'tag', values: tags}})", RULES)["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def await_result(page: Any, result: Any, seconds: float = 90) -> None:
    """Wait for a result. Retry what timed out, as a user would, because the machine may be busy."""
    again = page.locator(".notice:visible", has_text="Error.Timeout").get_by_role("button")
    deadline = time.monotonic() + seconds
    while not result.first.is_visible():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        if again.first.is_visible():
            again.first.click()
        page.wait_for_timeout(100)


def put(page: Any, title: str, file: Path) -> None:
    """Choose a file for the input with this title."""
    page.get_by_label(f"{title}: picture file").set_input_files(file)
