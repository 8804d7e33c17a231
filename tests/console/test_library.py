import re
import shutil
from pathlib import Path
from typing import Any

from tests.console.browsing import Open


def folder(root: Path, photos: Path, persons: dict[str, list[str]]) -> Path:
    """A folder with one folder for each person, which holds these of the demo's photos."""
    for person, names in persons.items():
        (root / person).mkdir(parents=True)
        for name in names:
            shutil.copy(photos / name, root / person / name)
    return root


def enrol(page: Any, photos: Path, chosen: str, done: str) -> list[str]:
    """Enrol a folder into the group "door"; return what deserves a look."""
    page.get_by_role("button", name="Add persons").click()
    page.locator("input[webkitdirectory]").set_input_files(photos)
    page.get_by_text(chosen).wait_for()
    page.get_by_role("combobox", name="Group").fill("door")
    page.get_by_role("button", name="Enrol").click()
    page.get_by_text(done).wait_for()
    return page.locator("dialog tbody tr").all_inner_texts()


def test_a_folder_is_enrolled_and_a_person_is_edited_moved_and_erased(opened: Open, photos: Path, tmp_path: Path):
    page = opened("library")
    persons = {"Ann Lee": ["obama.jpg", "mask_blue.jpg"], "张三": ["biden.jpg"], "Nobody": ["mask_green.jpg"]}
    rows = enrol(page, folder(tmp_path / "first", photos, persons), "Pictures: 4. Persons: 3.", "Enrolled: 2 of 4")
    assert sum("No face was found" in row for row in rows) == 2
    page.get_by_role("button", name="Close").click()
    twin = folder(tmp_path / "second", photos, {"Barry": ["obama2.jpg"]})
    (row,) = enrol(page, twin, "Pictures: 1. Persons: 1.", "Enrolled: 1 of 1")
    assert "Like another person of the group" in row

    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name=re.compile("^door")).click()
    page.get_by_role("button", name="张三").wait_for()
    assert page.locator(".person").count() == 3  # nobody stays without a face
    assert page.locator(".person img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100

    page.get_by_role("button", name="Ann Lee").click()
    page.get_by_label("Note").fill("left-handed")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").wait_for(state="detached")
    page.get_by_role("combobox", name="Another group").select_option("team")
    page.get_by_role("button", name="Move there from door").click()
    page.get_by_role("button", name="Leave the group door").wait_for(state="detached")
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name=re.compile("^team")).click()
    page.get_by_role("button", name="Ann Lee").click()
    assert page.get_by_label("Note").input_value() == "left-handed"
    page.get_by_role("button", name="Delete this person").click()
    page.get_by_role("button", name="Delete for good").click()

    page.get_by_text("Nothing is left of this person").wait_for()
    assert page.locator(".erasure tbody tr").count() == 7
