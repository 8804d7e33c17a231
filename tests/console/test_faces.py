from pathlib import Path

from tests.console.browsing import Open, await_result, put


def test_every_face_is_described(opened: Open, photos: Path):
    page = opened("faces")
    put(page, "Picture", photos / "sample6.jpg")
    await_result(page, page.get_by_role("heading", name="Face 1 of 4"))
    page.get_by_role("button", name="Face 3").click()

    page.get_by_role("heading", name="Face 3 of 4").wait_for()
    detail = page.locator(".detail")
    assert detail.locator(".mesh").get_attribute("d").count("M") == 468
    assert detail.locator(".axis").count() == 3
    assert detail.locator(".meter-row").count() == 7
    page.get_by_role("button", name="Mesh").click()
    assert detail.locator(".mesh").count() == 0


def test_a_face_that_is_not_qualified_says_why(opened: Open, photos: Path, tmp_path: Path):
    from PIL import Image, ImageFilter

    blurred = tmp_path / "blurred.jpg"
    Image.open(photos / "obama.jpg").filter(ImageFilter.GaussianBlur(8)).save(blurred)
    page = opened("faces")
    put(page, "Picture", blurred)

    await_result(page, page.get_by_text("Not qualified"))
    assert "Blur" in page.locator(".reasons").inner_text()
