"""An expired session, and a stack that has stopped."""

from pathlib import Path

from local.stack import Stack
from tests.console.browsing import Open, await_result, put


def test_an_expired_session_is_reported_and_renewed(opened: Open, photos: Path):
    page = opened()
    page.locator(".who-id").wait_for()
    page.context.clear_cookies()
    put(page, "First picture", photos / "obama.jpg")
    put(page, "Second picture", photos / "biden.jpg")
    page.get_by_text("The session with this machine has ended.").first.wait_for()
    page.get_by_role("button", name="Start a new session").click()
    page.locator(".outcome").get_by_role("button", name="Try again").click()

    await_result(page, page.get_by_text("Different people", exact=True))


def test_a_lost_stack_is_reported_and_found_again(opened: Open, stack: Stack, photos: Path):
    page = opened()
    page.locator(".who-id").wait_for()
    page.route(f"{stack.url}/**", lambda route: route.abort("connectionrefused"))
    put(page, "First picture", photos / "obama.jpg")
    page.get_by_text("Nobody answers. The page keeps trying").wait_for()
    assert page.get_by_role("button", name="First picture: Remove").is_visible()  # what was there stays
    page.unroute(f"{stack.url}/**")

    page.get_by_text("Nobody answers. The page keeps trying").wait_for(state="detached")
