import re
import shutil
from pathlib import Path

from tests.console.browsing import Open


def test_a_folder_is_enrolled_and_a_person_is_edited_moved_and_erased(opened: Open, photos: Path, tmp_path: Path):
    folder = tmp_path / "photos"
    persons = {"Ann Lee": ["obama.jpg", "mask_blue.jpg"], "张三": ["obama2.jpg"], "Nobody": ["mask_green.jpg"]}
    for person, names in persons.items():
        (folder / person).mkdir(parents=True)
        for name in names:
            shutil.copy(photos / name, folder / person / name)
    page = opened("library")
    page.get_by_role("button", name="Add persons").click()
    page.locator("input[webkitdirectory]").set_input_files(folder)
    page.get_by_text("Pictures: 4. Persons: 3.").wait_for()
    page.get_by_role("combobox", name="Group").fill("door")
    page.get_by_role("button", name="Enrol").click()

    page.get_by_text("Enrolled: 2 of 4 pictures").wait_for()
    rows = page.locator("dialog tbody tr").all_inner_texts()
    assert sum("No face was found" in row for row in rows) == 2
    assert sum("Like another person of the group" in row for row in rows) == 1

    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name=re.compile("^door")).click()
    page.get_by_role("button", name="张三").wait_for()
    assert page.locator(".person").count() == 2  # nobody stays without a face
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
