"""`make screenshots`: pictures of the console for the documents, made of the demo's portraits of two presidents."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.portraits import portraits
from local.stack import serve
from modelkit.errors import BuildError
from tests.console import filming
from tests.console.browsing import await_result, put
from tests.console.chromium import chromium
from tests.console.enrolling import enrol

FOLDER = Path(__file__).parents[2] / "docs" / "console"
DESK = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
CHINESE = {"locale": "zh-CN", "color_scheme": "dark"}


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    photos = portraits()
    with tempfile.TemporaryDirectory() as folder, serve(state=Path(folder) / "state") as stack:
        enrol(stack, photos)
        film = Path(folder) / "camera.y4m"
        filming.film(filming.held(filming.actor(photos / "obama.jpg")), film)
        try:
            with chromium(film) as browser:
                _take(browser, stack.url, photos)
        except BuildError as error:
            print(f"{error} Try: apt-get install chromium", file=sys.stderr)
            return 1
    return 0


def _take(browser: Any, url: str, photos: Path) -> None:
    @contextmanager
    def shown(name: str, tab: str, size: dict[str, int], **options: Any) -> Iterator[Any]:
        context = browser.new_context(**{"viewport": size, "locale": "en-GB", **options})
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{url}/console/#/{tab}")
        page.locator("h1:visible").wait_for()
        yield page
        page.wait_for_timeout(1200)  # until what moves is at rest
        page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=82)
        context.close()

    for name, options in (("compare", {}), ("compare-zh", {"locale": "zh-CN"})):
        with shown(name, "compare", {"width": 1280, "height": 1080}, **options) as page:
            _compare(page, photos / "obama.jpg", photos / "obama2.jpg")
    with shown("phone-zh", "compare", {"width": 390, "height": 900}, **CHINESE) as page:
        _compare(page, photos / "obama.jpg", photos / "biden.jpg")
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
        page.locator(".stage video").wait_for()
        page.wait_for_timeout(1500)


def _compare(page: Any, *photos: Path) -> None:
    """In whichever language."""
    for place, photo in zip(page.locator("input[type=file]").all(), photos, strict=True):
        place.set_input_files(photo)
    await_result(page, page.locator(".verdict"))
    page.locator(".box").nth(1).wait_for()


if __name__ == "__main__":
    sys.exit(main())
