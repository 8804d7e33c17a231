"""What the first network sees in the pictures of the second teaching."""

import hashlib
import itertools
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from .. import augment
from ..chips import CACHE
from . import first
from .pictures import Pictures
from .upper_layers import SHARED

VARIED = 2
"""Augmented pictures of each face, and of each drawn picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One row per picture."""

    parts: tuple[first.Seen, ...]
    """Their rows, one after the other."""
    row: np.ndarray
    """int (n,): the face."""
    kind: np.ndarray
    """str (n,): what is drawn on it; empty for nothing."""

    @property
    def last(self) -> np.ndarray:
        """float16 (n, 512 * VIEWS): input of the last layer."""
        return np.concatenate([part.last for part in self.parts])

    def maps(self, rows: np.ndarray) -> np.ndarray:
        """float16 (k, CHANNELS, 9, 9): the maps after the shared blocks, of these rows in ascending order."""
        starts = np.cumsum([0, *(len(part.maps) for part in self.parts)])
        inside = [rows[(rows >= low) & (rows < high)] - low for low, high in itertools.pairwise(starts)]
        return np.concatenate([part.maps[of] for part, of in zip(self.parts, inside, strict=True)])


def joined(*parts: Shown) -> Shown:
    """The rows of all parts, one after the other."""
    rows, kinds = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "kind"))
    return Shown(tuple(each for part in parts for each in part.parts), rows, kinds)


def shown(
    pictures: Pictures, network: Path, workers: int, *, varied: bool, seed: int = 0, far: bool = False
) -> Shown:
    """The pictures as the deployed code crops them, or, if `varied`, each of them varied `VARIED` times, or, if `far`,
    once more, as coarse as in a crowd. Cached."""
    times = 1 if far or not varied else VARIED
    row, kind = (np.tile(each, times) for each in (pictures.row, pictures.kind))
    told = [hashlib.sha256(network.read_bytes()).hexdigest(), f"3 {SHARED} {varied} {seed}{' far' * far}", pictures.key]
    key = hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
    batch = partial(_batch, pictures.pixels, len(row), seed, varied, far)
    return Shown((first.seen(network, batch, len(row), CACHE / f"seen-{key}", workers),), row, kind)


def _batch(pixels: np.ndarray, count: int, seed: int, varied: bool, far: bool, place: int) -> np.ndarray:
    torch.set_num_threads(1)
    rows = np.arange(place * first.BATCH, min(count, (place + 1) * first.BATCH)) % len(pixels)
    chips = torch.from_numpy(np.stack([pixels[row] for row in rows])).permute(0, 3, 1, 2)
    if varied:
        generator = torch.Generator().manual_seed(seed * 100_000 + place)
        chips = augment.vary(chips.float(), generator, far=far).round().to(torch.uint8)
    else:
        chips = augment.middle(chips)
    return chips.permute(0, 2, 3, 1).numpy()


def as_cropped(chips: np.ndarray, network: Path, name: str) -> Shown:
    """Chips (n, SIDE, SIDE, 3) that the deployed code cropped, cached by this name."""
    stored = CACHE / f"seen-{name}-{hashlib.sha256(network.read_bytes()).hexdigest()[:16]}"

    def batch(place: int) -> np.ndarray:
        return chips[place * first.BATCH : (place + 1) * first.BATCH]

    return Shown((first.seen(network, batch, len(chips), stored, 1),), np.full(len(chips), -1), np.full(len(chips), ""))
