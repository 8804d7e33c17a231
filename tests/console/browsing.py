"""How the console's tests use a page."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from modelkit import fetch
from tests.console.chromium import SOURCES

PATIENCE = 60_000
"""Milliseconds to wait for what must come: it takes seconds, but not on a machine under load."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Open = Callable[..., Any]
"""(tab, options of the browser's context) → the page, at this tab."""


def axe() -> str:
    """The source of axe-core, which finds accessibility problems."""
    (source,) = fetch.read(fetch.read_sources(SOURCES)["axe"], "package/axe.min.js")
    return source.decode()


def violations(page: Any, rules: str) -> list[str]:
    """What axe finds on the page: rule, and where it is broken."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(rules)
    found = page.evaluate("(tags) => axe.run({runOnly: {type: 'tag', values: tags}})", RULES)["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"]]


def visit(page: Any, tab: str) -> None:
    """Open a tab of the page by its address, and wait until nothing it has asked for is on its way."""
    page.goto(page.url.partition("#")[0] + f"#/{tab}")
    page.locator(f'.tabs a[href="#/{tab}"][aria-current]').wait_for()
    settle(page)


def settle(page: Any) -> None:
    tab = page.locator(".tab:not([hidden])")
    tab.locator("h1").wait_for()
    tab.locator(".busy, [aria-busy=true]").first.wait_for(state="detached")


def await_result(page: Any, result: Any, seconds: float = 90) -> None:
    """Wait for a result. Retry what timed out, as a user would, because the machine may be busy."""
    again = page.locator(".notice:visible", has_text="Error.Timeout").get_by_role("button")
    deadline = time.monotonic() + seconds
    while not result.first.is_visible():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        if again.first.is_visible():
            again.first.click()
        page.wait_for_timeout(100)


def put(within: Any, title: str, file: Path) -> None:
    """Choose a file for the input with this title, of a page or a part of it."""
    within.get_by_label(f"{title}: picture file").set_input_files(file)
