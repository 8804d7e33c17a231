from pathlib import Path

from tests.console.browsing import Open, await_result, put


def test_persons_in_a_picture_are_found(opened: Open, photos: Path):
    page = opened("search")
    page.get_by_label("Group").select_option("team")
    put(page, "Picture to look up", photos / "obama3.jpg")

    await_result(page, page.get_by_role("heading", name="This is Barack"))
    assert page.locator(".candidate").count() == 2
    assert page.locator(".candidate.is-found").count() == 1
    page.get_by_role("heading", name="From which score on, in a group of 2").wait_for()
    assert page.locator(".thresholds dd").count() == 3


def test_every_face_of_a_picture_is_searched(opened: Open, photos: Path):
    page = opened("search")
    page.get_by_label("Group").select_option("team")
    put(page, "Picture to look up", photos / "sample6.jpg")

    await_result(page, page.locator(".found").nth(3))
    assert page.get_by_role("heading", name="Nobody of this group").count() == 4
