"""What the two recognition networks say about every image of a set, computed once by the shipped pipeline itself."""

import hashlib
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from evaluation.embeddings import central_face
from visage.faces import sessions
from visage.faces.detect import detect_largest
from visage.faces.embed import ALIGNMENT, NETWORKS, features
from visage.faces.types import Face

from .chip_portraits import chip_portrait, is_grey
from .data import ROOT, lfw_files, load, utkface_files

CACHE = ROOT / ".build" / "features"


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """One row an image in which a face was found."""

    files: list[str]
    dlib: np.ndarray
    """float32 (n, 128)"""
    faceres: np.ndarray
    """float32 (n, 1024)"""
    missed: list[str]
    """Images in which none was found."""


def lfw(data: Path) -> Features:
    """LFW names the person in the middle of each image, who is not always the largest."""
    return _features(data / "lfw_dev", lfw_files(data), central_face)


def utkface(data: Path) -> Features:
    return _features(data / "utkface", utkface_files(data), detect_largest)


def lfw_chips(data: Path) -> Features:
    """LFW as portraits on chips would show it, half of them grey (chip_portraits.py)."""
    return _features(data / "lfw_dev", lfw_files(data), central_face, chip=True)


def utkface_chips(data: Path) -> Features:
    return _features(data / "utkface", utkface_files(data), detect_largest, chip=True)


def _features(
    folder: Path, files: list[str], choose: Callable[[np.ndarray], Face | None], chip: bool = False
) -> Features:
    """Reads the features of these files as these networks see them from the cache, or computes them on all cores."""
    names = [*map(sessions.sha256, NETWORKS), str(ALIGNMENT), choose.__name__, *(["chip"] if chip else []), *files]
    key = hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
    stored = CACHE / f"{folder.name}-{key}.npz"
    if not stored.exists():
        with ProcessPoolExecutor() as pool:
            rows = list(pool.map(partial(_row, choose, chip), [folder / file for file in files], chunksize=32))
        found = [(file, *row) for file, row in zip(files, rows, strict=True) if row is not None]
        kept, dlib, faceres = zip(*found, strict=True)
        stored.parent.mkdir(parents=True, exist_ok=True)
        np.savez(stored, files=np.array(kept), dlib=np.stack(dlib), faceres=np.stack(faceres))
    with np.load(stored) as arrays:
        kept = arrays["files"].tolist()
        return Features(kept, arrays["dlib"], arrays["faceres"], sorted(set(files) - set(kept)))


def _row(
    choose: Callable[[np.ndarray], Face | None], chip: bool, path: Path
) -> tuple[np.ndarray, np.ndarray] | None:
    image = load(path)
    face = choose(image)
    if chip and face is not None:
        image = chip_portrait(image, face, is_grey(path.name))
        face = detect_largest(image)
    return None if face is None else features(image, face)
