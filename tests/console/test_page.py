"""Properties of the page as a whole."""

import re
from pathlib import Path
from typing import Any

import pytest

from local.stack import Stack
from tests.console.browsing import Open, await_result, put, settle, violations, visit

TABS = ["compare", "faces", "library", "search", "liveness", "scans", "clients", "health"]


@pytest.mark.parametrize("looks", ["light", "dark"])
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
def test_axe_finds_nothing(opened: Open, rules: str, looks: str, language: str):
    width = 360 if looks == "dark" else 1280
    page = opened(color_scheme=looks, locale=language, viewport={"width": width, "height": 800})
    for tab in TABS:
        visit(page, tab)
        assert violations(page, rules) == [], tab


def test_axe_finds_nothing_in_results(opened: Open, rules: str, photos: Path):
    page = opened(color_scheme="dark", viewport={"width": 360, "height": 800})
    shown = page.locator(".tab:not([hidden])")
    put(page, "First picture", photos / "obama.jpg")
    put(page, "Second picture", photos / "obama2.jpg")
    await_result(page, page.locator(".verdict"))
    page.get_by_text("This request as code").click()
    assert violations(page, rules) == []
    visit(page, "faces")
    put(shown, "Picture", photos / "sample6.jpg")
    await_result(page, page.locator(".detail"))
    assert violations(page, rules) == []
    visit(page, "search")
    shown.get_by_label("Group").select_option("team")
    put(shown, "Picture to look up", photos / "obama3.jpg")
    await_result(page, page.locator(".candidate img"))
    assert violations(page, rules) == []
    visit(page, "library")
    page.get_by_role("button", name=re.compile("^team")).click()
    page.get_by_role("button", name="Barack").click()
    settle(page)
    assert violations(page, rules) == []


@pytest.mark.parametrize("width", [360, 768, 1280, 3840])
def test_nothing_is_wider_than_the_window(opened: Open, width: int):
    page = opened(viewport={"width": width, "height": 900})
    for tab in TABS:
        visit(page, tab)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, tab


def test_the_language_is_the_browsers_until_another_is_chosen(opened: Open):
    page = opened(locale="zh-CN")
    page.get_by_role("heading", name="人脸比对").wait_for()
    page.get_by_role("button", name="English").click()
    page.get_by_role("heading", name="Compare").wait_for()
    page.reload()
    page.get_by_role("heading", name="Compare").wait_for()


def test_colours_can_be_chosen(opened: Open):
    page = opened(color_scheme="light")
    button = page.get_by_role("button", name=re.compile("^Colours"))
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    button.click()
    button.click()
    assert "dark" in button.get_attribute("aria-label")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_it_can_be_used_by_the_keyboard(opened: Open):
    page = opened()
    page.get_by_role("heading", name="Compare").wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skips to the content
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "First picture: Choose a file"


def test_a_tab_stays_as_it_was_left(opened: Open, photos: Path):
    page = opened()
    put(page, "First picture", photos / "obama.jpg")
    page.get_by_role("button", name="First picture: Remove").wait_for()
    page.get_by_role("link", name="Faces").click()
    page.get_by_role("heading", name="Faces").wait_for()
    page.get_by_role("link", name="Compare").click()
    page.get_by_role("button", name="First picture: Remove").wait_for()


def test_nothing_blocks_while_a_call_runs(opened: Open, photos: Path):
    page = opened()
    held: list[Any] = []
    page.route("**/console/api/", lambda route: held.append(route))
    put(page, "First picture", photos / "obama.jpg")
    put(page, "Second picture", photos / "biden.jpg")
    page.get_by_role("status").filter(has_text="Comparing").wait_for()
    page.get_by_role("button", name="中文").click()
    visit(page, "faces")
    page.get_by_role("heading", name="人脸属性").wait_for()
    page.get_by_role("link", name="人脸比对").click()
    page.get_by_text("正在比对").wait_for()
    held.pop().continue_()
    await_result(page, page.locator(".verdict"))


def test_it_calls_only_its_own_host(opened: Open, stack: Stack, photos: Path):
    page = opened()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    put(page, "First picture", photos / "obama.jpg")
    page.locator(".box").wait_for()
    assert asked and all(url.startswith((stack.url, "blob:")) for url in asked)


def test_a_changed_script_is_not_run(opened: Open):
    page = opened()
    changed = {"body": "globalThis.changed = true", "content_type": "text/javascript"}
    page.route("**/js/tabs.js", lambda route: route.fulfill(**changed))
    page.reload(wait_until="networkidle")
    assert page.evaluate("globalThis.changed") is None
    assert "integrity" in opened.complaints[0]
    opened.complaints.clear()
