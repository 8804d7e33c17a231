from pathlib import Path

from tests.console.browsing import Open


def test_tasks_are_submitted_followed_and_reported_by_a_callback(opened: Open, photos: Path):
    page = opened("scans")
    page.get_by_label("Choose pictures").last.set_input_files([photos / "obama.jpg", photos / "mask_blue.jpg"])
    page.get_by_role("button", name="Hand over").click()

    page.get_by_text("came, checksum right").nth(1).wait_for(timeout=30_000)
    rows = sorted(page.locator("tbody tr").all_inner_texts())
    assert "A picture of a picture" in rows[0] and "mask_blue.jpg" in rows[0]
    assert "done" in rows[1] and "Live" in rows[1]
