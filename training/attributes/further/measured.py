"""The accuracy of the splits' networks on people, sets and objects that they were trained without."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..logistic import sigmoid
from ..samples import COLUMN
from . import judge
from .judge import Figure, Rates
from .material import SPLITS, Material
from .shown import Shown
from .taught import Network

_MASK = COLUMN["respirator"]


@dataclass(frozen=True, slots=True, eq=False)
class Checked:
    """What is measured on."""

    faces: Material
    plain: Shown
    """Every face."""
    hard: Shown
    """Objects before mouths."""
    crowd: Shown


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What the networks of the splits answer about what they were trained without."""

    title: str
    splits: dict[str, list[dict[str, Figure]]]
    objects: dict[str, tuple[int, int]]
    """Kind → pictures, and how many are called masks."""
    crowd: tuple[int, list[int]]
    """Faces in a crowd without masks, and how many of them the network of each split calls masked."""
    covers: tuple[int, int]
    """Photos of real hands, microphones and things at a mouth, no network's lessons, and how many are called masks."""
    rates: np.ndarray
    """float64 (SPLITS, n, QUESTIONS): of what each split left out; others NaN."""

    @classmethod
    def of(cls, title: str, on: Checked, networks: Sequence[Network], anew: bool) -> tuple[list[Rates], "Measured"]:
        """Each split's calibration, fitted again if `anew`, and the accuracy with it."""
        faces = on.faces
        logits = np.stack([network.logits(on.plain, faces.unseen | faces.covered) for network in networks])
        worn, packed = (
            np.stack([network.logits(shown)[:, _MASK] for network in networks]) for shown in (on.hard, on.crowd)
        )
        as_it_was = Rates(np.ones(logits.shape[2]), np.zeros(logits.shape[2]))
        scaled = [
            judge.calibration(faces, logits, on.hard, worn, split) if anew else as_it_was for split in range(SPLITS)
        ]

        def masks(split: int, odds: np.ndarray) -> np.ndarray:
            return sigmoid(odds * scaled[split].scales[_MASK] + scaled[split].offsets[_MASK])

        mine = [faces.covered & (faces.split == split) for split in range(SPLITS)]
        covered = [masks(split, logits[split, of, _MASK]) for split, of in enumerate(mine)]
        rates = judge.crossed(faces, logits, scaled)
        return scaled, cls(
            title,
            judge.by_split(faces, rates),
            judge.objects(on.hard, {split: masks(split, worn[split]) for split in range(SPLITS)}),
            (len(packed[0]), [int((masks(split, packed[split]) > 0.5).sum()) for split in range(SPLITS)]),
            (int(faces.covered.sum()), int((np.concatenate(covered) > 0.5).sum())),
            rates,
        )
