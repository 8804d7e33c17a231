"""Fixtures of the accuracy tests, which need the development images and skip where these are absent."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import DATA
from tests.support.faces import models

__all__ = ["data", "models", "report"]

_ROWS = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def data() -> Path:
    if not DATA.is_dir():
        pytest.skip("the development images (../shared/data) are not here")
    return DATA


@pytest.fixture
def report(request: pytest.FixtureRequest) -> Callable[[str, str, str, str], None]:
    """Add a line to the table at the end of the run: what was measured, on how many, the figure, its bound."""

    def add(what: str, sample: str, figure: str, bound: str) -> None:
        rows = request.config.stash.setdefault(_ROWS, [])
        rows.append(f"{what:<48} {sample:<34} {figure:>9} {bound:>12}")

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if rows := config.stash.get(_ROWS, None):
        terminalreporter.section("accuracy of the face pipeline")
        terminalreporter.write_line(f"{'measured':<48} {'on':<34} {'figure':>9} {'bound':>12}")
        for row in rows:
            terminalreporter.write_line(row)
