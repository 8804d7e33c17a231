"""Reads the development sets; their own README describes the folders."""

import hashlib
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from evaluation.collection import Pair, read_pairs

ROOT = Path(__file__).resolve().parents[1]
TRAINED = ROOT / "layers" / "models" / "trained"
DATA = ROOT.parent / "shared" / "data"
REPEATED = Path(__file__).parent / "utkface_repeated.txt"
"""Made by same_people.py."""


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


def masked_files(data: Path) -> list[str]:
    return sorted(entry.name for entry in (data / "mask" / "with_mask").iterdir() if entry.suffix != ".md")


def unique(files: list[str]) -> np.ndarray:
    """bool (n,): which of UTKFace's files show somebody whom no earlier file shows (same_people.py)."""
    known = set(REPEATED.read_text().split())
    return np.array([digest(file) not in known for file in files])


def digest(file: str) -> str:
    """16 hexadecimal digits of a file's name."""
    return hashlib.sha256(file.encode()).hexdigest()[:16]


def demographics(file: str) -> tuple[int, int, int] | None:
    """Age in years, sex and race as UTKFace numbers them; None where the name lacks one of them."""
    parts = file.split("_")
    return (int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) == 4 else None


def aflw_pose(path: Path) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees of a photo of AFLW2000, in our signs, from its MATLAB file (level 5).

    The element `Pose_Para` begins with pitch, yaw and roll in radians; its yaw grows as the nose goes to the left.
    """
    content, at = path.read_bytes(), 128
    while at < len(content):
        kind, size = struct.unpack_from("<II", content, at)
        element = content[at + 8 : at + 8 + size]
        if kind == 15:  # compressed: an element of its own
            element = zlib.decompress(element)[8:]
        if (name := element.find(b"Pose_Para")) >= 0:
            values = (name + len("Pose_Para") + 7) // 8 * 8
            kind, size = struct.unpack_from("<II", element, values)
            numbers = np.frombuffer(element, {7: "<f4", 9: "<f8"}[kind], count=3, offset=values + 8)
            pitch, yaw, roll = np.degrees(numbers).tolist()
            return -yaw, pitch, roll
        at += 8 + size
    raise ValueError(f"{path.name} holds no Pose_Para")
