"""Faces in crowds without masks, many of them small or behind other heads; never trained on."""

from pathlib import Path

import numpy as np

from visage.faces.appearance.attributes import SHARE, SIDE
from visage.faces.detection.detect import detect
from visage.faces.imaging.align import level_chip

from ...data import load
from ..chips import CACHE


def crowd(data: Path) -> np.ndarray:
    """All faces found in WIDER's photos, cropped as the deployed code does: uint8 (n, SIDE, SIDE, 3). Cached."""
    stored = CACHE / "crowd.npy"
    if not stored.exists():
        found = []
        for path in sorted((data / "detection" / "wider").rglob("*.jpg")):
            image = load(path)
            found += [level_chip(image, face, SHARE, SIDE) for face in detect(image)]
        np.save(stored, np.stack(found))
    return np.load(stored)
