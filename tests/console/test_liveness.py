"""Liveness in front of a camera that plays films."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console import filming
from tests.console.browsing import PATIENCE, Open, await_result, put

TRIES = 6
"""A machine under load may not judge the frames in the time that a call has."""
STARTS = range(int(filming.ACTS * filming.FPS) - 18, int(filming.ACTS * filming.FPS) - 11)
"""Frames of the film before which the page's recording should begin: it runs longer than what is done in the film."""


@pytest.fixture
def perform(opened: Open, show: Callable[[str], None]) -> Callable[[str, list[str]], Any]:
    """Complete a session with a camera that plays this film of these actions; return its page."""

    def complete(film: str, actions: list[str]) -> Any:
        show(film)
        page = opened("liveness")
        held: list[Any] = []
        page.route("**/liveness/session", lambda route: held.append(route))
        for _try in range(TRIES):
            page.locator(".button-large").click()
            _until(page, lambda: held)
            route = held.pop()
            # the film cannot know what will be asked for, so sessions are drawn until one asks for what it shows
            while (drawn := route.fetch(timeout=PATIENCE)).json()["data"]["actions"] != actions:
                pass
            _until(page, lambda: filming.shown(page) in STARTS)
            route.fulfill(response=drawn)
            page.locator(".session, main .notice").first.wait_for()
            if not page.get_by_text("Error.Timeout").is_visible():
                return page
        pytest.skip("this machine is too busy to judge a session's frames in the time that a call has")

    return complete


def _until(page: Any, true: Callable[[], Any]) -> None:
    """Wait for what the page does not show, whose events the driver delivers meanwhile."""
    deadline = time.monotonic() + 90
    while not true():
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        page.wait_for_timeout(50)


def test_a_person_who_does_as_asked_passes(perform):
    page = perform("acted.y4m", filming.ACTED)

    assert "A live person did as asked" in page.locator(".session").inner_text()
    proofs = page.locator(".proof")
    assert [text.split("\n")[0].strip() for text in proofs.all_inner_texts()] == ["At rest", "Shake", "Blink"]
    assert proofs.locator("img").count() == 3


def test_a_photo_in_a_hand_does_not_pass(perform):
    page = perform("held.y4m", filming.ACTED)

    assert "Not passed" in page.locator(".session").inner_text()
    assert "Not every movement was seen" in page.locator(".findings").inner_text()
    assert page.locator(".findings img").count() >= 1


def test_a_photo_is_checked(opened: Open, photos: Path):
    page = opened("liveness")
    page.get_by_role("button", name="One photo").click()
    put(page, "Photo to check", photos / "obama.jpg")

    await_result(page, page.get_by_text("Live", exact=True))


def test_the_camera_takes_a_photo_for_a_comparison(opened: Open, show: Callable[[str], None]):
    show("held.y4m")
    page = opened("compare")
    page.get_by_role("button", name="First picture: Take a photo").click()
    page.get_by_role("button", name="Take the photo").click()

    page.locator(".pair-side .box").first.wait_for()


def test_a_camera_that_may_not_be_used_is_explained(opened: Open):
    page = opened("liveness")
    refusal = "() => Promise.reject(new DOMException('', 'NotAllowedError'))"
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {refusal} }}")
    page.get_by_role("button", name="Start the camera").click()

    page.get_by_text("The browser may not use the camera.").wait_for()
