"""Reads the development sets, whose folders are described beside them in their README."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from evaluation.collection import Pair, read_pairs

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


def load(path: Path) -> np.ndarray:
    """uint8 (h, w, 3), RGB, upright."""
    with Image.open(path) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def lfw_files(data: Path) -> list[str]:
    """Every image, as <person>/<person>_<number>.jpg, in order."""
    folder = data / "lfw_dev"
    return sorted(f"{entry.parent.name}/{entry.name}" for entry in folder.glob("*/*.jpg"))


def lfw_pairs(data: Path) -> list[Pair]:
    return read_pairs(data / "lfw_dev" / "pairs.csv")


def utkface_files(data: Path) -> list[str]:
    return sorted(entry.name for entry in (data / "utkface").glob("*.jpg"))


def demographics(file: str) -> tuple[int, int, int] | None:
    """Age in years, sex and race as UTKFace numbers them; None where the name does not say all three."""
    parts = file.split("_")
    return (int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) == 4 else None
