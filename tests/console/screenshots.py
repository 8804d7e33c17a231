"""`make screenshots`: pictures of the console for the documents, made of the demo's portraits of two presidents."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from demo.portraits import portraits
from local.stack import serve
from tests.console import filming
from tests.console.browsing import await_result, browser_file, put
from tests.console.enrolling import enrol

FOLDER = Path(__file__).parents[2] / "docs" / "console"
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
CHINESE = {"locale": "zh-CN", "color_scheme": "dark"}


def main() -> int:
    file = browser_file()
    if file is None:
        print("no Chromium is installed: apt-get install chromium", file=sys.stderr)
        return 1
    FOLDER.mkdir(exist_ok=True)
    photos = portraits()
    with tempfile.TemporaryDirectory() as folder, serve(state=Path(folder) / "state") as stack:
        enrol(stack, photos)
        film = Path(folder) / "camera.y4m"
        filming.film(filming.held(filming.actor(photos / "obama.jpg")), film)
        camera = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
        camera.append(f"--use-file-for-fake-video-capture={film}")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=file, args=camera)

            @contextmanager
            def shown(name: str, tab: str, size: dict[str, int], **options: Any) -> Iterator[Any]:
                context = browser.new_context(**{"viewport": size, "locale": "en-GB", **options})
                page = context.new_page()
                page.set_default_timeout(60_000)
                page.goto(f"{stack.url}/console/#/{tab}")
                page.locator("h1:visible").wait_for()
                yield page
                page.wait_for_timeout(1200)  # until what moves is at rest
                page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=82)
                context.close()

            with shown("compare", "compare", {"width": 1280, "height": 1080}) as page:
                ready = page.evaluate("performance.getEntriesByName('ready')[0].startTime")
                print(f"ready {ready:.0f} ms after the navigation began")
                put(page, "First picture", photos / "obama.jpg")
                put(page, "Second picture", photos / "obama2.jpg")
                await_result(page, page.locator(".verdict"))
            with shown("compare-zh", "compare", {"width": 390, "height": 900}, **CHINESE) as page:
                page.locator("input[type=file]").first.set_input_files(photos / "obama.jpg")
                page.locator("input[type=file]").nth(1).set_input_files(photos / "biden.jpg")
                await_result(page, page.locator(".verdict"))
            with shown("faces", "faces", {"width": 1280, "height": 1360}) as page:
                put(page, "Picture", photos / "obama2.jpg")
                await_result(page, page.locator(".detail"))
            with shown("library", "library", DESK) as page:
                page.locator(".person").nth(1).wait_for()
            with shown("search", "search", DESK, color_scheme="dark") as page:
                put(page, "Picture to look up", photos / "obama3.jpg")
                await_result(page, page.locator(".found img"))
            with shown("liveness", "liveness", PHONE) as page:
                page.route("**/liveness/session", lambda route: None)
                page.get_by_role("button", name="Start the camera").click()
                page.locator(".stage-place video").wait_for()
                page.wait_for_timeout(1500)
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
