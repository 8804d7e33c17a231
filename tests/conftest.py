"""What every test shares."""

from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("visage", deadline=None, max_examples=200)
settings.load_profile("visage")

_WITHOUT_SOCKETS = {"unit", "property", "handlers"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests in these folders open no socket."""
    if _WITHOUT_SOCKETS & set(Path(item.path).parts):
        item.add_marker(pytest.mark.disable_socket)
