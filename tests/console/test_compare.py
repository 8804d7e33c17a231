import re
from pathlib import Path

import pytest

from tests.console.browsing import Open, await_result, put


def test_two_pictures_of_one_person_are_compared(opened: Open, photos: Path):
    page = opened("compare")
    put(page, "First picture", photos / "obama.jpg")
    put(page, "Second picture", photos / "obama2.jpg")

    await_result(page, page.get_by_text("Same person, at one false match in 10,000"))
    assert re.search(r"one pair of different people in [\d,]+ looks this alike", page.locator(".outcome").inner_text())
    assert page.locator(".scale-labels li").count() == 3
    page.locator(".pair-side:nth-child(1) .box").wait_for()  # a box on either face
    page.locator(".pair-side:nth-child(2) .box").wait_for()


def test_two_people_do_not_match(opened: Open, photos: Path):
    page = opened("compare")
    put(page, "First picture", photos / "obama.jpg")
    put(page, "Second picture", photos / "biden.jpg")

    await_result(page, page.get_by_text("Different people", exact=True))


def test_a_picture_without_a_face_is_explained(opened: Open, photos: Path):
    page = opened("compare")
    put(page, "First picture", photos / "obama.jpg")
    put(page, "Second picture", photos / "mask_blue.jpg")

    await_result(page, page.get_by_text("No face was found."))
    assert "Error.NoFaceDetected" in page.get_by_role("alert").inner_text()


def test_a_file_that_is_not_a_picture_is_explained(opened: Open, tmp_path: Path):
    file = tmp_path / "a.png"
    file.write_bytes(b"no picture")
    page = opened("compare")
    put(page, "First picture", file)

    page.get_by_text("This file is not a picture that the browser can read.").wait_for()


def test_a_chip_portrait_is_compared_with_a_photo_only(opened: Open):
    page = opened("compare")
    first, second = page.get_by_label("Kind of picture").all()
    first.select_option("IDPic")
    second.select_option("IDPic")

    assert [first.input_value(), second.input_value()] == ["FacePic", "IDPic"]


@pytest.mark.parametrize("language", ["Python", "Node", "curl"])
def test_the_request_is_shown_as_code(opened: Open, language: str):
    page = opened("compare")
    page.get_by_text("This request as code").click()
    page.get_by_role("button", name=language).click()

    assert "CompareFaces" in page.locator(".code pre").inner_text()
