"""Fixtures for tests that run the networks."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from demo.portraits import portraits as downloaded
from tests.conftest import ROOT
from visage.settings import settings

MODELS = ROOT / ".build" / "models"


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The built model layer, which the settings name."""
    for name in ("VISAGE_TABLE", "VISAGE_UPLOAD_BUCKET", "VISAGE_CLIENT_PATH"):
        monkeypatch.setenv(name, "unused")
    monkeypatch.setenv("VISAGE_MODELS", str(MODELS))
    settings.cache_clear()
    yield MODELS
    settings.cache_clear()


@pytest.fixture(scope="session")
def portraits() -> Path:
    """The folder of portraits from registry packages."""
    return downloaded()


@cache
def load(path: Path) -> np.ndarray:
    """An image file as pixels for the pipeline: uint8 (h, w, 3), RGB, upright."""
    with Image.open(path) as image:
        pixels = np.array(ImageOps.exif_transpose(image).convert("RGB"))
    pixels.flags.writeable = False
    return pixels


def resize(image: np.ndarray, width: int, height: int) -> np.ndarray:
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS))
