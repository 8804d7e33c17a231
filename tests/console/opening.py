"""How long the console takes to open: `python -m tests.console.opening`.

From the navigation to the page's mark `ready`, when all of it that is visible takes clicks and keys. The processor time
is the main thread's, up to a moment after that; unlike the other, it hardly depends on what else the machine does.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local.stack import serve
from modelkit.errors import BuildError
from tests.console.chromium import chromium

TIMES = 20
_READY = "performance.getEntriesByName('ready')[0]?.startTime"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, serve(state=Path(folder) / "state") as stack:
        try:
            with chromium(Path(folder) / "no film") as browser:
                for told, kept in (("nothing in the browser's cache", False), ("opened before", True)):
                    _tell(told, _opened(browser, f"{stack.url}/console/", kept))
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    return 0


def _opened(browser: Any, url: str, kept: bool) -> list[tuple[float, float]]:
    """Milliseconds until it is ready, and of the main thread's work, once for each time."""
    context, figures = browser.new_context(), []
    for _time in range(TIMES):
        if not kept:
            context.close()
            context = browser.new_context()
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before = _work(session)
        page.goto(url)
        page.locator("h1").wait_for()
        figures.append((page.evaluate(_READY), _work(session) - before))
        page.close()
    context.close()
    return figures


def _work(session: Any) -> float:
    """Milliseconds of processor time of the page's main thread."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return 1000 * next(each["value"] for each in metrics if each["name"] == "TaskDuration")


def _tell(told: str, figures: Sequence[tuple[float, float]]) -> None:
    (ready, work) = zip(*figures, strict=True)
    print(
        f"{told}: ready after {statistics.median(ready):.0f} ms ({min(ready):.0f} to {max(ready):.0f}), "
        f"{statistics.median(work):.0f} ms of it work of the page; medians of {len(figures)}"
    )


if __name__ == "__main__":
    sys.exit(main())
